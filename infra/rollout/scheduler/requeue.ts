import type { Failure } from "../model/outcome.ts";
import type { ClusterState } from "../model/state.ts";
import { type Draft, update } from "./draft.ts";
import { requeueDelay } from "./steps.ts";

/** The cluster did not answer: it gives its place back and queues up anew after a while. */
export function requeue(draft: Draft, cluster: ClusterState, failure: Failure): void {
  const unreachable = cluster.unreachable + 1;
  const waitingUntil = draft.at + requeueDelay(draft.run.requeue, unreachable);
  draft.active.delete(cluster.name);
  const untouched = cluster.phase === "previewing" && { phase: "pending" as const };
  const rest = { step: cluster.step + 1, running: undefined, unreachable, waitingUntil, failure };
  update(draft, cluster.name, { ...rest, ...untouched });
}
