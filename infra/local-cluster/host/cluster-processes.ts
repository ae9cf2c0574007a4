import { ownerVariable } from "../process/component.ts";
import { killProcess } from "../process/end-process.ts";
import { recordOf } from "../process/process-record.ts";
import { listProcesses, readEnvironment, withDescendants } from "../process/process-table.ts";

/**
 * All processes of the cluster in `directory`, containers included, children before their parents: those that carry the
 * cluster's variable, which containerd hands on to its shims, and what those started.
 */
export function clusterProcesses(directory: string): number[] {
  const marker = `${ownerVariable}=${directory}`;
  const all = listProcesses();
  const marked = all.filter(({ pid }) => readEnvironment(pid).includes(marker)).map(({ pid }) => pid);
  return withDescendants(marked, all);
}

/** Kills all processes of the cluster in `directory`. */
export async function killClusterProcesses(directory: string): Promise<void> {
  const records = clusterProcesses(directory).flatMap((pid) => recordOf(pid) ?? []);
  await Promise.all(records.map((record) => killProcess(record)));
}
