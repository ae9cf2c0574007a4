/**
 * A real single-node Kubernetes on this machine, compiled from pinned Go modules: no Docker, no downloaded binaries.
 *
 * The cluster is for development and tests. It differs from others in two ways: its NetworkPolicies are accepted but not
 * enforced, and its etcd keeps nothing across a restart of the machine.
 *
 * @module
 */
import { ensureBinaries } from "./build/build.ts";
import type { Progress } from "./types.ts";

export { startControlPlane } from "./control-plane/start-control-plane.ts";
export { leftovers } from "./leftovers.ts";
export { loadImage } from "./load-image.ts";
export type { IpFamilies } from "./network-plan.ts";
export { startCluster } from "./start.ts";
export { type ClusterStatus, type ComponentStatus, clusterStatus } from "./status.ts";
export { stopCluster } from "./stop.ts";
export type { ClusterOptions, ControlPlane, LocalCluster, Progress } from "./types.ts";

/**
 * Compiles the cluster's programs, unless this user's cache holds them. Takes minutes the first time, and says so.
 *
 * @throws EDGE_CLUSTER_UNSUPPORTED_OS, EDGE_CLUSTER_GO_MISSING, EDGE_CLUSTER_GO_UNUSABLE, EDGE_CLUSTER_DISK_FULL,
 * EDGE_CLUSTER_BUILD_FAILED
 */
export async function buildCluster(options: { readonly progress?: Progress } = {}): Promise<void> {
  await ensureBinaries(options.progress ?? (() => undefined));
}
