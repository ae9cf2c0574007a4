/**
 * Deploys rendered objects by server-side apply, takes them down again, and tells how installations fare.
 *
 * @module
 */

export { createStreamer, type OpenStream, type StreamRequest } from "./api-request.ts";
export { type ApplyOptions, type ApplyResult, applyStack } from "./apply-stack.ts";
export { applySetId, applySetKeys, parentOf } from "./applyset.ts";
export { connect, createCluster } from "./cluster.ts";
export { type DeleteOptions, deleteStack } from "./delete-stack.ts";
export { execInPod } from "./exec.ts";
export type { ComponentState, InstallationState } from "./installation-state.ts";
export type { ClusterName } from "./kubeconfig.ts";
export type { Cluster, LiveObject, ObjectToApply } from "./kubernetes-types.ts";
export { findInstallations, readInstallations } from "./read-installations.ts";
export { describeWaiting, waitReady } from "./wait-ready.ts";
