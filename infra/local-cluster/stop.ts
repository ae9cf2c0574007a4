import { existsSync } from "node:fs";
import { componentNames } from "./cluster-components.ts";
import { isClusterDirectory, removeDirectory, removeKeptLogs, resolveLayout } from "./cluster-state.ts";
import { clusterErrors } from "./errors.ts";
import { withdrawControllers } from "./host/cgroup-delegation.ts";
import { removeContainerGroups } from "./host/cgroups.ts";
import { killClusterProcesses } from "./host/cluster-processes.ts";
import { type MachineRecord, readMachineRecord, removeMachineRecord } from "./host/machine-record.ts";
import { mountsBelow, unmountBelow } from "./host/mounts.ts";
import { removeClusterLinks } from "./host/network-links.ts";
import { removeClusterRules } from "./host/packet-filter.ts";
import { removeStrayFiles } from "./host/stray-files.ts";
import { restoreSysctls } from "./host/sysctls.ts";
import { requireRoot, requireSupportedSystem } from "./host/system.ts";
import { defaultDirectory, type Layout } from "./layout.ts";
import { machineLeftovers, ownLeftovers } from "./leftovers.ts";
import { stopComponent } from "./process/component.ts";
import { exclusively } from "./process/exclusive.ts";
import type { ClusterOptions } from "./types.ts";

/** Milliseconds that a component gets to end by itself. Short: whatever it might still save is thrown away. */
const grace = 1_500;

/**
 * Stops the cluster and removes all that it made: processes, containers, mounts, interfaces, packet filter rules, control
 * groups and its directory. Does nothing if there is none. A cluster in another directory stays untouched.
 *
 * @throws EDGE_CLUSTER_NOT_ROOT, EDGE_CLUSTER_LEFTOVERS
 */
export async function stopCluster(options: ClusterOptions = {}): Promise<void> {
  requireSupportedSystem();
  const progress = options.progress ?? (() => undefined);
  const layout = resolveLayout(options.directory ?? defaultDirectory());
  removeKeptLogs(layout);
  if (!existsSync(layout.directory) && readMachineRecord()?.directory !== layout.directory) return;
  requireRoot();
  if (!isClusterDirectory(layout)) return;
  await exclusively(
    "cluster",
    () => {
      progress("Stopping the local cluster");
      return removeCluster(layout);
    },
    () => progress("Another process starts or stops the local cluster; waiting for it"),
  );
}

/**
 * Removes whatever there is of a cluster.
 *
 * @throws EDGE_CLUSTER_LEFTOVERS
 */
export async function removeCluster(layout: Layout): Promise<void> {
  // The kubelet first: it would start again what ends.
  await stopComponent(layout, "kubelet", grace);
  await Promise.all(componentNames.map((name) => stopComponent(layout, name, grace)));
  await killClusterProcesses(layout);
  await unmountBelow(layout.directory);
  const record = readMachineRecord();
  const recorded = record?.directory === layout.directory;
  if (recorded) await restoreMachine(layout.directory, record);
  // Below a mount there may be files of the machine's user.
  if (mountsBelow(layout.directory).length === 0) removeDirectory(layout);
  const left = [...ownLeftovers(layout), ...(recorded ? await machineLeftovers(layout) : [])];
  if (left.length > 0) throw clusterErrors.EDGE_CLUSTER_LEFTOVERS({ leftovers: left.join("\n") });
  // Last: as long as the record is there, stopping can be repeated.
  if (recorded) removeMachineRecord();
}

async function restoreMachine(directory: string, { sysctls, delegatedControllers }: MachineRecord): Promise<void> {
  await removeClusterLinks();
  await removeClusterRules();
  restoreSysctls(sysctls);
  removeContainerGroups();
  if (delegatedControllers !== undefined) withdrawControllers(delegatedControllers);
  removeStrayFiles(directory);
}
