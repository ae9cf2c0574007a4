import type { ClusterState } from "../model/state.ts";
import { type Draft, stop, tell, update } from "./draft.ts";

/** From now on, all clusters that the run has touched go back to what they were before. */
export function startRollback(draft: Draft, reason: string): void {
  draft.rollingBack = true;
  draft.outcome = undefined;
  draft.pause = undefined;
  dropPreflights(draft);
  for (const cluster of [...draft.clusters.values()]) {
    if (cluster.touched) queueRollback(draft, cluster);
    else if (draft.live.has(cluster.name)) cancel(draft, cluster.name);
  }
  draft.queue = [];
  tell(draft, "rollingBack", `Rollout ${draft.run.id} rolls back: ${reason}.`);
}

/** Brings the cluster back once what it is writing has ended. */
export function queueRollback(draft: Draft, cluster: ClusterState): void {
  const isWriting = cluster.running?.startsWith("apply/") === true;
  if (!isWriting) stop(draft, cluster.name);
  update(draft, cluster.name, { rollback: "pending", deadlineAt: undefined });
}

function cancel(draft: Draft, name: string): void {
  stop(draft, name);
  update(draft, name, { phase: "pending", begun: false });
}

/** Stops preflights whose results nobody needs any more. */
export function dropPreflights(draft: Draft): void {
  for (const name of draft.preflighting) stop(draft, name);
  draft.preflighting.clear();
  draft.preflights.length = 0;
}

/** Clusters that may be rolled back now, the last touched first. A wave waits until all later waves are done. */
export function rollbackCandidates(draft: Draft): readonly ClusterState[] {
  const pending = [...draft.clusters.values()].filter(({ rollback }) => rollback === "pending");
  // A cluster that waits for its next attempt does not hold up the others.
  const ready = pending.filter(({ waitingUntil }) => waitingUntil === undefined);
  const wave = Math.max(0, ...ready.map((cluster) => cluster.wave));
  const busy = ready.filter(({ running }) => running !== undefined);
  const free = (draft.run.plan.waves[wave]?.maxConcurrency ?? 1) - busy.length;
  return ready
    .filter((cluster) => cluster.wave === wave && cluster.running === undefined)
    .sort((a, b) => (b.touchedOrder ?? 0) - (a.touchedOrder ?? 0))
    .slice(0, Math.max(0, free));
}
