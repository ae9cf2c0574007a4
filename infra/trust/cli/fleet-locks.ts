import { randomInt } from "node:crypto";
import { EdgeError, systemTimer } from "#base";
import {
  beginTrustRun,
  describeWatch,
  type FleetCluster,
  newRunId,
  openClusterLock,
  openRollouts,
  rolloutErrors,
} from "../../rollout/index.ts";
import type { CommandContext } from "../../terminal/index.ts";

/** The locks of rollouts, for one command. Those that were taken are kept until its end. */
export interface FleetLocks {
  /** Name of the command in the locks. */
  readonly run: string;
  /**
   * Takes the cluster's lock, or makes sure that it is still held.
   *
   * @throws EDGE_ROLLOUT_LOCKED, or why the cluster could not be asked
   */
  hold(cluster: FleetCluster): Promise<void>;
  /** Like `hold`, but a cluster that gives no answer is asked again at its turn. */
  reserve(cluster: FleetCluster): Promise<void>;
}

/** Excludes rollouts and other changes of trust from the clusters while `work` is done. */
export async function withFleetLocks<Result>(
  clusters: readonly FleetCluster[],
  context: CommandContext,
  work: (locks: FleetLocks) => Promise<Result>,
): Promise<Result> {
  const { signal, progress } = context;
  const newId = () => `trust-${newRunId(Date.now(), randomInt(0x1_00_00))}`;
  const run = await beginTrustRun(openRollouts(context).directory, clusters, newId);
  const lock = openClusterLock(run, systemTimer, (watch) => progress.note(describeWatch(watch)));
  const hold = async (cluster: FleetCluster, isLater: boolean) => {
    const held = await lock.acquire(cluster, signal);
    signal.throwIfAborted();
    if (held.outcome === "unreachable" && isLater) return;
    if (held.outcome !== "ok") throw new EdgeError(held.failure.code, held.failure.message, held.failure.remedy);
    if (held.held) return;
    throw rolloutErrors.EDGE_ROLLOUT_LOCKED({ cluster: cluster.name, holder: held.heldBy });
  };
  try {
    return await work({
      run: run.id,
      hold: (cluster) => hold(cluster, false),
      reserve: (cluster) => hold(cluster, true),
    });
  } finally {
    await lock.releaseAll();
    await run.end();
  }
}
