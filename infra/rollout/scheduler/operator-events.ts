import { failureOf, rolloutErrors } from "../errors.ts";
import type { Event, LockLost, OperatorEvent } from "../model/event.ts";
import type { ClusterState, PauseReason } from "../model/state.ts";
import { interrupted } from "./cluster-events.ts";
import { type Draft, fail, stop, takeOut, tell, update } from "./draft.ts";
import { gateOf } from "./gates.ts";
import { firstBeyondLimit, withdraw } from "./halt.ts";
import { dropPreflights, queueRollback, startRollback } from "./rollback.ts";
import { shiftDeadlines } from "./timers.ts";

type Asked = OperatorEvent | LockLost;
type Of<Type extends Event["type"]> = Extract<Asked, { type: Type }>;

export function reduceOperator(draft: Draft, event: Asked): void {
  switch (event.type) {
    case "paused":
      pause(draft, { kind: "operator", by: event.by, reason: event.reason });
      break;
    case "lockLost":
      loseLock(draft, event);
      break;
    case "resumed":
      resume(draft);
      break;
    case "aborted":
      abort(draft, event);
      break;
    case "approved":
      approve(draft, event);
      break;
    case "retried":
      retry(draft, event.cluster);
      break;
    case "skipped":
      skip(draft, event);
      break;
    case "rollbackRequested":
      if (canRollBack(draft)) startRollback(draft, event.reason);
  }
}

function pause(draft: Draft, reason: PauseReason): void {
  if (draft.pause !== undefined || draft.abortedBy !== undefined || draft.outcome !== undefined) return;
  draft.pause = reason;
  draft.pausedAt = draft.at;
  withdraw(draft);
  const why = reason.kind === "lock" ? `${reason.holder} has the lock of ${reason.cluster}` : `by ${reason.by}`;
  tell(draft, "paused", `Rollout ${draft.run.id} is paused: ${why}.`);
}

function loseLock(draft: Draft, { cluster: name, holder }: LockLost): void {
  pause(draft, { kind: "lock", cluster: name, holder });
  const cluster = draft.clusters.get(name);
  if (cluster?.phase !== "applying" && cluster?.rollback !== "pending") return;
  fail(draft, name, "lock", failureOf(rolloutErrors.EDGE_ROLLOUT_LOCK_LOST({ cluster: name, holder })));
  if (cluster.rollback === "pending") update(draft, name, { rollback: "settled" });
}

function resume(draft: Draft): void {
  if (draft.pause !== undefined) {
    // An unreachable cluster was not tried meanwhile, so the time does not count against it.
    shiftDeadlines(draft, draft.at - (draft.pausedAt ?? draft.at), ({ begun }) => !begun);
    draft.pause = undefined;
  }
  if (draft.halt?.kind !== "gate" || draft.rollingBack) return;
  const gate = draft.gates.get(draft.halt.gate);
  if (gate !== undefined) draft.gates.set(gate.id, { ...gate, status: "waiting", attempt: gate.attempt + 1 });
  draft.halt = undefined;
  draft.outcome = undefined;
}

function abort(draft: Draft, { by }: Of<"aborted">): void {
  if (draft.abortedBy !== undefined || draft.rollingBack) return;
  if (draft.outcome !== undefined && draft.halt === undefined) return;
  draft.abortedBy = by;
  draft.outcome = undefined;
  withdraw(draft);
  dropPreflights(draft);
  for (const name of [...draft.live]) {
    const cluster = draft.clusters.get(name);
    if (cluster === undefined || cluster.running?.startsWith("apply/")) continue;
    if (cluster.begun) fail(draft, name, "aborted", interrupted(draft, cluster));
    else stop(draft, name);
  }
}

function approve(draft: Draft, { by, gate: id }: Of<"approved">): void {
  const spec = gateOf(draft, id)?.spec;
  const state = draft.gates.get(id);
  if (state === undefined || spec?.kind !== "approval") return;
  if (spec.approvers.length > 0 && !spec.approvers.includes(by)) return;
  const approval = { by, at: draft.at, expiresAt: draft.at + spec.validMs };
  const passed = state.status === "open" && { status: "passed" as const, evidence: `approved by ${by}` };
  if (state.status !== "passed") draft.gates.set(id, { ...state, approval, ...passed });
}

function retry(draft: Draft, name: string): void {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined || !canRetry(draft, cluster)) return;
  draft.outcome = undefined;
  if (draft.rollingBack) {
    queueRollback(draft, cluster);
    return;
  }
  update(draft, name, {
    phase: "pending",
    attempt: cluster.attempt + 1,
    preflighted: false,
    begun: false,
    failedIn: undefined,
    failure: undefined,
    checks: [],
  });
  if (draft.waves[cluster.wave]?.stage !== "before") draft.queue.push(name);
  liftHalt(draft);
}

function skip(draft: Draft, { cluster: name, reason }: Of<"skipped">): void {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined || !canSkip(draft, cluster)) return;
  takeOut(draft.preflights, name);
  stop(draft, name);
  update(draft, name, { phase: "skipped", skippedBecause: reason, failedIn: undefined, failure: undefined });
  if (cluster.rollback === "pending") update(draft, name, { rollback: "settled" });
  if (draft.rollingBack) draft.outcome = undefined;
  liftHalt(draft);
}

/** Ends a halt by failures once no wave has more failed clusters than its limit. */
function liftHalt(draft: Draft): void {
  if (draft.halt?.kind !== "failures" || draft.rollingBack || firstBeyondLimit(draft) !== undefined) return;
  draft.halt = undefined;
  draft.outcome = undefined;
}

/** Whether a failed cluster may be tried once more. */
export function canRetry(draft: Draft, { phase, failedIn }: ClusterState): boolean {
  if (phase !== "failed" || draft.abortedBy !== undefined) return false;
  return draft.rollingBack ? failedIn === "rollback" || failedIn === "lock" : true;
}

/** Whether a cluster may be left out: nothing is being done to it, and it is not done. */
export function canSkip(draft: Draft, { phase, running, waitingUntil, name }: ClusterState): boolean {
  if (running !== undefined || draft.active.has(name)) return false;
  return phase === "pending" || phase === "failed" || waitingUntil !== undefined;
}

/** Whether a rollback may begin now: none runs, or the last one has ended. */
export function canRollBack(draft: Draft): boolean {
  return !draft.rollingBack || draft.outcome !== undefined;
}
