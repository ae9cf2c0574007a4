import { formatDuration } from "#base";
import { hintsFor } from "../../deploy/index.ts";
import { commandLine, noCluster } from "../../terminal/index.ts";
import { failureOf, rolloutErrors } from "../errors.ts";
import type { Event } from "../model/event.ts";
import type { FailedStep } from "../model/state.ts";
import { advance } from "./advance.ts";
import {
  describeProblems,
  reduceApplied,
  reduceBegan,
  reduceHealth,
  reducePreflighted,
  reducePreviewed,
  reduceRolledBack,
} from "./cluster-events.ts";
import { type Draft, fail, update } from "./draft.ts";
import { approvalTimer, failGate, reduceGate } from "./gates.ts";
import { reduceOperator } from "./operator-events.ts";
import { reduceFinished, reduceOpened } from "./run-events.ts";
import { phaseOf } from "./run-phase.ts";
import { deadlineTimer, requeueTimer } from "./timers.ts";

/** Takes in one event. What does not fit to where the run stands changes nothing. */
export function reduce(draft: Draft, event: Event): void {
  const before = draft.at;
  draft.at = Math.max(before, event.at);
  draft.events += 1;
  reduceOne(draft, event, draft.at - before);
  advance(draft);
  draft.phase = phaseOf(draft);
}

function reduceOne(draft: Draft, event: Event, passed: number): void {
  switch (event.type) {
    case "opened":
      reduceOpened(draft, passed);
      break;
    case "began":
      reduceBegan(draft, event);
      break;
    case "preflighted":
      reducePreflighted(draft, event);
      break;
    case "previewed":
      reducePreviewed(draft, event);
      break;
    case "applied":
      reduceApplied(draft, event);
      break;
    case "healthReported":
      reduceHealth(draft, event);
      break;
    case "rolledBack":
      reduceRolledBack(draft, event);
      break;
    case "gateEvaluated":
      reduceGate(draft, event);
      break;
    case "timerFired":
      reduceTimer(draft, event.action);
      break;
    case "notified":
      draft.outbox.delete(event.action);
      return;
    case "finished":
      reduceFinished(draft, event.action);
      break;
    default:
      reduceOperator(draft, event);
      break;
  }
}

/** Time in which no process looked after the run counts neither against deadlines nor as baking. */
/** A timer that the scheduler asked for has fired. */
export function reduceTimer(draft: Draft, action: string): void {
  const subject = action.slice(action.indexOf("/") + 1, action.lastIndexOf("/"));
  const cluster = draft.clusters.get(subject);
  if (cluster !== undefined && requeueTimer(cluster)?.id === action) {
    update(draft, subject, { waitingUntil: undefined });
    draft.queue.push(subject);
  } else if (cluster !== undefined && deadlineTimer(cluster)?.id === action) {
    reduceDeadline(draft, subject);
  }
  const gate = draft.gates.get(subject);
  if (gate !== undefined && approvalTimer(draft, gate)?.id === action) failGate(draft, gate, "nobody approved in time");
}

function reduceDeadline(draft: Draft, name: string): void {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined) return;
  const { phase, unreachable, startedAt = draft.at, failure, checks, rollback } = cluster;
  const duration = formatDuration(draft.at - startedAt);
  if (unreachable > 0) {
    const problem = failure?.message ?? "no answer";
    const step: FailedStep = rollback === "pending" ? "rollback" : "unreachable";
    fail(draft, name, step, failureOf(rolloutErrors.EDGE_ROLLOUT_UNREACHABLE({ cluster: name, duration, problem })));
  } else {
    const last = phase === "verifying" || phase === "baking" ? `: ${describeProblems(checks)}` : "";
    const step: FailedStep = rollback === "pending" ? "rollback" : (steps[phase] ?? "preflight");
    const status = statusCommandOf(draft, name);
    const details = { cluster: name, phase, duration, last, status };
    fail(draft, name, step, failureOf(rolloutErrors.EDGE_ROLLOUT_DEADLINE(details)));
  }
  if (rollback === "pending") update(draft, name, { rollback: "settled" });
}

function statusCommandOf({ run }: Draft, name: string): string {
  const target = run.plan.clusters[name]?.target;
  return target === undefined
    ? commandLine(["status"], noCluster)
    : hintsFor({ kind: "named", ...target }, undefined).edgectl(["status"]);
}

const steps: Readonly<Record<string, FailedStep>> = {
  previewing: "preview",
  applying: "apply",
  verifying: "verify",
  baking: "bake",
};
