import type { Cluster, LiveObject } from "../kubernetes/index.ts";
import type { FoundModule } from "./find-module.ts";

/**
 * Deletes what has to go so that a module starts anew: its pods, or the Job that has made them. A Job takes the end of its
 * pod for its own; EdgeAgent makes another Job.
 *
 * @returns what was deleted
 */
export async function restartModule(
  cluster: Cluster,
  { namespace, pods }: FoundModule,
): Promise<readonly LiveObject[]> {
  const jobNames = new Set(pods.map(jobOf).filter((name) => name !== undefined));
  const refs = [...jobNames].map((name) => ({ apiVersion: "batch/v1", kind: "Job", namespace, name }));
  const jobs = await Promise.all(refs.map((ref) => cluster.get(ref)));
  const going = [...jobs.filter((job) => job !== undefined), ...pods.filter((pod) => jobOf(pod) === undefined)];
  for (const object of going) await cluster.delete(object, "Background");
  return going;
}

function jobOf({ metadata }: LiveObject): string | undefined {
  return metadata.ownerReferences?.find(({ kind }) => kind === "Job")?.name;
}
