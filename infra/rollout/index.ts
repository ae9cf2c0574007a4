/**
 * Deploys to many clusters in waves: fleet file, plan, gates, journal, locks, drivers, and the commands that steer it.
 *
 * @module
 */
export { addRollout } from "./cli/program.ts";
export { openRollouts, readFleet } from "./cli/rollouts.ts";
export { rolloutErrors } from "./errors.ts";
export { newRunId } from "./journal/run-id.ts";
export { openClusterLock } from "./lock/cluster-lock.ts";
export { describeWatch } from "./lock/lease.ts";
export { beginTrustRun } from "./lock/trust-run.ts";
export type { Fleet, FleetCluster } from "./model/fleet.ts";
export { planWaves } from "./plan/plan-waves.ts";
export { createRunReader, type RolloutSummary, type RunReader } from "./report/read-runs.ts";
export { timelineLook } from "./report/timeline.ts";
