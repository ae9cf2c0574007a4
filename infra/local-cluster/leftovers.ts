import { existsSync } from "node:fs";
import { resolveLayout } from "./cluster-state.ts";
import { containerGroups } from "./host/cgroups.ts";
import { clusterProcesses } from "./host/cluster-processes.ts";
import { readMachineRecord } from "./host/machine-record.ts";
import { mountsBelow } from "./host/mounts.ts";
import { listClusterLinks } from "./host/network-links.ts";
import { listClusterChains } from "./host/packet-filter.ts";
import { strayFiles } from "./host/stray-files.ts";
import { defaultDirectory } from "./layout.ts";
import { describeProcess } from "./process/process-table.ts";
import type { ClusterOptions } from "./types.ts";

/** What a cluster has left on this machine, one line each; empty after `stopCluster`. Changes nothing. */
export async function leftovers(options: ClusterOptions = {}): Promise<string[]> {
  const layout = resolveLayout(options.directory ?? defaultDirectory());
  const { directory } = layout;
  const record = readMachineRecord();
  // The rest of the machine's state belongs to the cluster that runs; another directory's is none of our business.
  const shared = record === undefined || record.directory === directory;
  return [
    ...clusterProcesses(layout).map((pid) => `process ${describeProcess(pid)}`),
    ...mountsBelow(directory).map((point) => `mount ${point}`),
    ...(existsSync(directory) ? [`directory ${directory}`] : []),
    ...(shared ? await sharedLeftovers(directory) : []),
    ...(record?.directory === directory ? ["record of a running cluster"] : []),
  ];
}

async function sharedLeftovers(directory: string): Promise<string[]> {
  const [links, chains] = await Promise.all([listClusterLinks(), listClusterChains()]);
  return [
    ...links.map((name) => `network interface ${name}`),
    ...chains.map((name) => `packet filter chain ${name}`),
    ...containerGroups().map((path) => `control group ${path}`),
    ...strayFiles(directory).map((path) => `file ${path}`),
  ];
}
