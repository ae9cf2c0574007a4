import { existsSync } from "node:fs";
import { describeProcess } from "#base";
import { resolveLayout } from "./cluster-state.ts";
import { delegationGroups } from "./host/cgroup-delegation.ts";
import { containerGroups } from "./host/cgroups.ts";
import { clusterProcesses } from "./host/cluster-processes.ts";
import { readMachineRecord } from "./host/machine-record.ts";
import { mountsBelow } from "./host/mounts.ts";
import { listClusterLinks } from "./host/network-links.ts";
import { listClusterChains } from "./host/packet-filter.ts";
import { strayFiles } from "./host/stray-files.ts";
import { defaultDirectory, type Layout } from "./layout.ts";
import type { ClusterOptions } from "./types.ts";

/** What a cluster has left on this machine, one line each; empty after `stopCluster`. Changes nothing. */
export async function leftovers(options: ClusterOptions = {}): Promise<string[]> {
  const layout = resolveLayout(options.directory ?? defaultDirectory());
  const record = readMachineRecord();
  // While the cluster of another directory runs, the machine's state is that cluster's.
  const another = record !== undefined && record.directory !== layout.directory;
  return [...ownLeftovers(layout), ...(another ? [] : await machineLeftovers(layout))];
}

/** Processes, mounts and files of the cluster's own directory. */
export function ownLeftovers(layout: Layout): string[] {
  const { directory } = layout;
  return [
    ...clusterProcesses(layout).map((pid) => `process ${describeProcess(pid)}`),
    ...mountsBelow(directory).map((point) => `mount ${point}`),
    ...(existsSync(directory) ? [`directory ${directory}`] : []),
  ];
}

/** What the cluster of this machine changed outside its directory. */
export async function machineLeftovers({ directory }: Layout): Promise<string[]> {
  const [links, chains] = await Promise.all([listClusterLinks(), listClusterChains()]);
  return [
    ...links.map((name) => `network interface ${name}`),
    ...chains.map((name) => `packet filter chain ${name}`),
    ...[...containerGroups(), ...delegationGroups()].map((path) => `control group ${path}`),
    ...strayFiles(directory).map((path) => `file ${path}`),
  ];
}
