import { bringUp } from "./bring-up.ts";
import { ensureBinaries } from "./build/build.ts";
import {
  type ClusterState,
  keepLogs,
  readState,
  removeKeptLogs,
  requireClusterDirectory,
  resolveLayout,
  writeState,
} from "./cluster-state.ts";
import { clusterErrors } from "./errors.ts";
import { detectCgroups } from "./host/cgroup-version.ts";
import { clusterProcesses } from "./host/cluster-processes.ts";
import { requireSpace } from "./host/disk-space.ts";
import { requireIpv6 } from "./host/ipv6.ts";
import { readMachineRecord } from "./host/machine-record.ts";
import { requireFreeRanges } from "./host/network-links.ts";
import { ensurePackages } from "./host/packages.ts";
import { freePortFrom, requireFreePorts } from "./host/ports.ts";
import { requireOnlyCluster } from "./host/single-cluster.ts";
import { bootId, requireRoot, requireSupportedSystem } from "./host/system.ts";
import { defaultDirectory, type Layout, layoutOf } from "./layout.ts";
import { clusterPlan, networkPlan, nodePorts } from "./network-plan.ts";
import { exclusively } from "./process/exclusive.ts";
import { describeCluster, isHealthy } from "./status.ts";
import { removeCluster } from "./stop.ts";
import type { ClusterOptions, LocalCluster, Progress } from "./types.ts";

/** Gigabytes for images, logs and the containers' own files. */
const runningSpace = 2;

/**
 * Starts a single-node Kubernetes on this machine. One that runs is returned as it is. Where some of its processes have
 * ended it is repaired, or else started anew. What another directory's cluster left is removed once all its processes
 * have ended. Its NetworkPolicies are accepted but not enforced.
 *
 * @throws what `buildCluster` throws; EDGE_CLUSTER_NOT_ROOT, EDGE_CLUSTER_KERNEL, EDGE_CLUSTER_PORT_IN_USE,
 * EDGE_CLUSTER_ALREADY_RUNNING, EDGE_CLUSTER_OTHER_KUBERNETES, EDGE_CLUSTER_ADDRESS_IN_USE, EDGE_CLUSTER_DISK_FULL,
 * EDGE_CLUSTER_PACKAGES_MISSING, EDGE_CLUSTER_PACKAGES_FAILED, EDGE_CLUSTER_DIRECTORY_FOREIGN,
 * EDGE_CLUSTER_PATH_TOO_LONG, EDGE_CLUSTER_COMPONENT_FAILED, EDGE_CLUSTER_IP_FAMILIES. Nothing that it started is left running then.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<LocalCluster> {
  requireSupportedSystem();
  requireRoot();
  const progress = options.progress ?? (() => undefined);
  const layout = resolveLayout(options.directory ?? defaultDirectory());
  return exclusively(
    "cluster",
    () => start(layout, options, progress),
    () => progress("Another process starts or stops the local cluster; waiting for it"),
  );
}

async function start(layout: Layout, options: ClusterOptions, progress: Progress): Promise<LocalCluster> {
  requireClusterDirectory(layout);
  await removeEndedCluster(layout, progress);
  await requireOnlyCluster(layout.directory);
  const state = readState(layout);
  const ipFamilies = options.ipFamilies ?? state?.ipFamilies ?? "ipv4";
  if (state && (await isHealthy(layout, state))) {
    if (state.ipFamilies === ipFamilies) return describeCluster(layout, state);
    throw clusterErrors.EDGE_CLUSTER_IP_FAMILIES({ present: state.ipFamilies, wanted: ipFamilies });
  }

  const repaired = state?.ipFamilies === ipFamilies && (await repair(layout, state, progress));
  if (repaired) return repaired;
  await removeCluster(layout);

  // What can be checked at once is checked before the minutes of installing and compiling.
  detectCgroups();
  const plan = clusterPlan(ipFamilies);
  requireIpv6(plan);
  requireFreePorts(plan[0].nodeAddress, nodePorts);
  requireSpace([{ path: layout.directory, gigabytes: runningSpace, purpose: "the cluster's images and logs" }]);
  await ensurePackages(progress);
  await requireFreeRanges(plan);
  const binaries = await ensureBinaries(progress);
  return startAnew(layout, { binaries, ipFamilies }, progress);
}

/** What a cluster of another checkout left whose processes were all killed: nobody stops that one any more. */
async function removeEndedCluster({ directory }: Layout, progress: Progress): Promise<void> {
  const record = readMachineRecord();
  if (!record || record.directory === directory) return;
  const other = layoutOf(record.directory);
  if (clusterProcesses(other).length > 0) return;
  progress(`Removing what is left of the local cluster in ${other.directory}, whose processes have all ended`);
  await removeCluster(other);
}

async function repair(layout: Layout, state: ClusterState, progress: Progress): Promise<LocalCluster | undefined> {
  const stillHere = state.bootId === bootId() && readMachineRecord()?.directory === layout.directory;
  if (!stillHere || state.kind !== "cluster") return undefined;
  progress("The local cluster runs only in part: repairing it");
  try {
    await bringUp(layout, state, progress);
    return describeCluster(layout, state);
  } catch (error) {
    progress(`It cannot be repaired and is started anew: ${(error as Error).message}`);
    return undefined;
  }
}

async function startAnew(
  layout: Layout,
  choice: Pick<ClusterState, "binaries" | "ipFamilies">,
  progress: Progress,
): Promise<LocalCluster> {
  const [{ nodeAddress }] = clusterPlan(choice.ipFamilies);
  const port = freePortFrom(networkPlan.apiServerPort, nodeAddress);
  const state: ClusterState = { kind: "cluster", bootId: bootId(), port, ...choice };
  writeState(layout, state);
  try {
    await bringUp(layout, state, progress);
  } catch (error) {
    keepLogs(layout);
    await removeCluster(layout).catch(() => progress("Not all could be undone; see: npx edgectl cluster down"));
    throw error;
  }
  removeKeptLogs(layout);
  return describeCluster(layout, state);
}
