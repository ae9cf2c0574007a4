import type { ClusterState } from "../model/state.ts";
import type { Draft } from "./draft.ts";

/** Whether a failed cluster may be tried once more. */
export function mayRetry(draft: Draft, { phase, failedIn }: ClusterState): boolean {
  if (phase !== "failed" || draft.abortedBy !== undefined) return false;
  return draft.rollingBack ? failedIn === "rollback" || failedIn === "lock" : true;
}

/** Whether a cluster may be left out: nothing is being done to it, and it is not done. */
export function maySkip(draft: Draft, { phase, running, waitingUntil, name }: ClusterState): boolean {
  if (running !== undefined || draft.active.has(name)) return false;
  return phase === "pending" || phase === "failed" || waitingUntil !== undefined;
}

/** Whether what was touched may be brought back now. */
export function mayRollBack(draft: Draft): boolean {
  return !draft.rollingBack || draft.outcome !== undefined;
}
