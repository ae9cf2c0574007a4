import type { WaitAction } from "../model/action.ts";
import type { RequeueDelay } from "../model/fleet.ts";
import type { Failure } from "../model/outcome.ts";
import type { ClusterState } from "../model/state.ts";
import { type Draft, update } from "./draft.ts";

/** The end of a requeued cluster's wait. */
export function requeueTimer({ name, step, waitingUntil }: ClusterState): WaitAction | undefined {
  if (waitingUntil === undefined) return undefined;
  return { kind: "wait", id: `requeue/${name}/${step}`, until: waitingUntil, reason: "requeue", subject: name };
}

/** The time by which a cluster must have come further. */
export function deadlineTimer({ name, deadlineAt }: ClusterState): WaitAction | undefined {
  if (deadlineAt === undefined) return undefined;
  return { kind: "wait", id: `deadline/${name}/${deadlineAt}`, until: deadlineAt, reason: "deadline", subject: name };
}

/** How long to wait after that many tries in a row that did not reach the cluster. */
export function requeueDelay({ firstMs, maxMs }: RequeueDelay, tries: number): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(tries - 1, 30));
}

/** All was done, and the cluster has yet to say so: it is looked at as often as one that becomes healthy. */
const notReported = "EDGE_ROLLOUT_NOT_REPORTED";

/** The cluster did not answer: it gives its place back and queues up anew after a while. */
export function requeue(draft: Draft, cluster: ClusterState, failure: Failure): void {
  const unreachable = cluster.unreachable + 1;
  const { requeue: delay, health } = draft.run;
  const waitingUntil = draft.at + (failure.code === notReported ? health.intervalMs : requeueDelay(delay, unreachable));
  draft.active.delete(cluster.name);
  const untouched = cluster.phase === "previewing" && { phase: "pending" as const };
  const rest = { step: cluster.step + 1, running: undefined, unreachable, waitingUntil, failure };
  update(draft, cluster.name, { ...rest, ...untouched });
}

/** Moves what is due later for the clusters that `which` picks, and for open gates. */
export function shiftDeadlines(draft: Draft, by: number, which: (cluster: ClusterState) => boolean): void {
  const later = (time: number | undefined) => (time === undefined ? undefined : time + by);
  for (const name of draft.live) {
    const cluster = draft.clusters.get(name);
    if (cluster === undefined || !which(cluster)) continue;
    update(draft, name, { deadlineAt: later(cluster.deadlineAt), bakeUntil: later(cluster.bakeUntil) });
  }
  for (const gate of draft.gates.values()) {
    if (gate.status === "open") draft.gates.set(gate.id, { ...gate, openedAt: later(gate.openedAt) });
  }
}
