import { existsSync } from "node:fs";
import { clusterErrors } from "#errors";
import { componentNames } from "./cluster-components.ts";
import { isClusterDirectory, removeDirectory, removeKeptLogs, resolveLayout } from "./cluster-state.ts";
import { removeContainerGroups } from "./host/cgroups.ts";
import { clusterProcesses, killClusterProcesses } from "./host/cluster-processes.ts";
import { readMachineRecord, removeMachineRecord } from "./host/machine-record.ts";
import { mountsBelow, unmountBelow } from "./host/mounts.ts";
import { removeClusterLinks } from "./host/network-links.ts";
import { removeClusterRules } from "./host/packet-filter.ts";
import { removeStrayFiles } from "./host/stray-files.ts";
import { restoreSysctls } from "./host/sysctls.ts";
import { requireRoot, requireSupportedSystem } from "./host/system.ts";
import { defaultDirectory, type Layout } from "./layout.ts";
import { leftovers } from "./leftovers.ts";
import { stopComponent } from "./process/component.ts";
import { exclusively } from "./process/exclusive.ts";
import type { ClusterOptions } from "./types.ts";

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
    async () => {
      progress("Stopping the local cluster");
      await removeCluster(layout);
      const left = await leftovers({ directory: layout.directory });
      if (left.length > 0) throw clusterErrors.EDGE_CLUSTER_LEFTOVERS({ leftovers: left.join("\n") });
    },
    () => progress("Another process starts or stops the local cluster; waiting for it"),
  );
}

/** Milliseconds that a component gets to end by itself. Short: whatever it might still save is thrown away. */
const grace = 1_500;

/** Removes whatever there is of a cluster. */
export async function removeCluster(layout: Layout): Promise<void> {
  // First, so that nothing that ends is started again.
  await stopComponent(layout, "kubelet", grace);
  await Promise.all(componentNames.map((name) => stopComponent(layout, name, grace)));
  await killClusterProcesses(layout);
  await unmountBelow(layout.directory);
  const record = readMachineRecord();
  if (record?.directory === layout.directory) {
    await removeClusterLinks();
    await removeClusterRules();
    restoreSysctls(record.sysctls);
    removeContainerGroups();
  }
  removeStrayFiles(layout.directory);
  // Below a mount there may be files of the machine's user.
  if (mountsBelow(layout.directory).length > 0 || clusterProcesses(layout).length > 0) return;
  removeDirectory(layout);
  if (record?.directory === layout.directory) removeMachineRecord();
}
