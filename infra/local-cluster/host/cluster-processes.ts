import { listProcesses, readEnvironment, withDescendants } from "#base";
import type { Layout } from "../layout.ts";
import { ownerVariable } from "../process/component.ts";
import { killProcess } from "../process/end-process.ts";
import { recordOf } from "../process/process-record.ts";
import { containerProcesses } from "./cgroups.ts";
import { listDirectory } from "./stray-files.ts";

/**
 * All processes of a cluster, children before their parents: those that carry the cluster's variable, which containerd
 * hands on to its shims, what those started, and its containers.
 */
export function clusterProcesses(layout: Layout): number[] {
  const marker = `${ownerVariable}=${layout.directory}`;
  const all = listProcesses();
  const marked = all.filter(({ pid }) => readEnvironment(pid).includes(marker)).map(({ pid }) => pid);
  const containers = containerProcesses(listDirectory(layout.containers));
  return withDescendants([...containers, ...marked], all);
}

/** Kills all processes of a cluster. */
export async function killClusterProcesses(layout: Layout): Promise<void> {
  const records = clusterProcesses(layout).flatMap((pid) => recordOf(pid) ?? []);
  await Promise.all(records.map((record) => killProcess(record)));
}
