import { rolloutErrors } from "../errors.ts";
import type { FailedStep } from "../model/state.ts";
import { type Draft, update } from "./draft.ts";
import { describeDuration } from "./duration.ts";
import { fail, failureOf } from "./fail.ts";
import { failGate } from "./fold-gate.ts";
import { describeProblems } from "./fold-health.ts";
import { approvalTimer, deadlineTimer, requeueTimer } from "./timers.ts";

/** A time has come that the scheduler asked to be told of. */
export function foldTimer(draft: Draft, action: string): void {
  const subject = action.slice(action.indexOf("/") + 1, action.lastIndexOf("/"));
  const cluster = draft.clusters.get(subject);
  if (cluster !== undefined && requeueTimer(cluster)?.id === action) {
    update(draft, subject, { waitingUntil: undefined });
    draft.queue.push(subject);
  } else if (cluster !== undefined && deadlineTimer(cluster)?.id === action) {
    foldDeadline(draft, subject);
  }
  const gate = draft.gates.get(subject);
  if (gate !== undefined && approvalTimer(draft, gate)?.id === action) failGate(draft, gate, "nobody approved in time");
}

function foldDeadline(draft: Draft, name: string): void {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined) return;
  const { phase, unreachable, startedAt = draft.at, failure, checks, rollback } = cluster;
  const duration = describeDuration(draft.at - startedAt);
  if (unreachable > 0) {
    const problem = failure?.message ?? "no answer";
    const step: FailedStep = rollback === "pending" ? "rollback" : "unreachable";
    fail(draft, name, step, failureOf(rolloutErrors.EDGE_ROLLOUT_UNREACHABLE({ cluster: name, duration, problem })));
  } else {
    const last = phase === "verifying" || phase === "baking" ? `: ${describeProblems(checks)}` : "";
    const step: FailedStep = rollback === "pending" ? "rollback" : (steps[phase] ?? "preflight");
    fail(draft, name, step, failureOf(rolloutErrors.EDGE_ROLLOUT_DEADLINE({ cluster: name, phase, duration, last })));
  }
  if (rollback === "pending") update(draft, name, { rollback: "settled" });
}

const steps: Readonly<Record<string, FailedStep>> = {
  previewing: "preview",
  applying: "apply",
  verifying: "verify",
  baking: "bake",
};
