import type { KubeConfig } from "@kubernetes/client-node";
import { isJsonObject, parseJson } from "#base";
import { labels, moduleObjectName, proxyContainer } from "#contract";
import { type Cluster, execInPod } from "../kubernetes/index.ts";
import type { InstallationState } from "./installation-state.ts";

/** Modules of the sample deployment that edgectl asks. */
export const sampleModules = { sensor: "sensor", hub: "$edgeHub", consumer: "consumer" } as const;

export type SampleCluster = Cluster & { readonly config: KubeConfig };

/** Whether the installation has a module of that id. */
export function hasModule({ components }: InstallationState, moduleId: string): boolean {
  return components.some(({ component, name }) => component === "module" && name === moduleId);
}

/**
 * Runs a command of the sample program in a module's container.
 *
 * @returns the JSON object that it printed
 * @throws Error when the module has no running pod or prints something else
 */
export async function runSample(
  cluster: SampleCluster,
  namespace: string,
  moduleId: string,
  command: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const labelSelector = `${labels.module}=${moduleObjectName(moduleId)}`;
  const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector });
  const pod = pods.find(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && status?.phase === "Running",
  );
  if (pod === undefined) throw new Error("it has no running pod");
  const names: string[] = pod.spec.containers.map(({ name }: { name: string }) => name);
  const container = names.find((name) => name !== proxyContainer) ?? "";
  const target = { namespace, pod: pod.metadata.name, container };
  const printed = parseJson(await execInPod(cluster.config, target, ["/bin/node", "/app/main.mjs", ...command]));
  if (!isJsonObject(printed)) throw new Error("it printed no JSON object");
  return printed;
}
