/**
 * Excludes two processes from one run, and two runs from one cluster.
 *
 * @module
 */
export { openClusterLock } from "./cluster-lock.ts";
export { leaseOf } from "./kubernetes-lease.ts";
export { describeWatch } from "./lease.ts";
export { type Released, releaseLease } from "./release-leases.ts";
export { acquireRunLock, isCarriedOut, type RunLock } from "./run-lock.ts";
export { beginTrustRun, isTrustRunId, readTrustRun, takeOverTrustRun } from "./trust-run.ts";
