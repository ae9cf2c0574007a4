import { systemTimer } from "#base";
import { openRegistryTags } from "../../gitops/index.ts";
import type { LockedCluster, Run } from "../model/run.ts";
import type { LeaseClient } from "./lease.ts";

export type OpenLease = (cluster: LockedCluster) => Promise<LeaseClient>;

/** The lock of a cluster, as it is given back: a Lease in the cluster itself, or a tag where no API can be reached. */
export const openLease: OpenLease = async (cluster) => {
  if (cluster.gitops?.observe !== "events") return (await import("./kubernetes-lease.ts")).openLease(cluster);
  const { tagLease } = await import("./tag-lease.ts");
  return tagLease({ target: cluster.gitops, heartbeat: undefined });
};

/** The locks of a run's clusters, as they are taken: all of those in registries share one sign that the run lives. */
export function leasesOf(run: Pick<Run, "id" | "plan">): OpenLease {
  const [first] = Object.values(run.plan.clusters).filter(({ gitops }) => gitops?.observe === "events");
  if (first?.gitops === undefined) return openLease;
  const { repository, tag, insecure } = first.gitops;
  const tags = openRegistryTags();
  const opened = import("./tag-heartbeat.ts").then(
    ({ TagHeartbeat }) => new TagHeartbeat({ name: repository, insecure }, `${tag}.run-${run.id}`, tags, systemTimer),
  );
  return async (cluster) => {
    if (cluster.gitops?.observe !== "events") return openLease(cluster);
    const { tagLease } = await import("./tag-lease.ts");
    return tagLease({ target: cluster.gitops, heartbeat: await opened, tags });
  };
}
