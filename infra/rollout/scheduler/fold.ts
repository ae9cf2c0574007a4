import type { Event } from "../model/event.ts";
import { advance } from "./advance.ts";
import { type Draft, stop, tell } from "./draft.ts";
import { fail } from "./fail.ts";
import { finishAction } from "./finish.ts";
import { foldBegan } from "./fold-began.ts";
import { foldGate } from "./fold-gate.ts";
import { foldHealth } from "./fold-health.ts";
import { foldOperator } from "./fold-operator.ts";
import { foldApplied, foldPreflighted, foldPreviewed, foldRolledBack, interrupted } from "./fold-step.ts";
import { foldTimer } from "./fold-timer.ts";
import { phaseOf } from "./phase.ts";
import { shiftDeadlines } from "./shift-deadlines.ts";

/** Takes in one event. What does not fit to where the run stands changes nothing. */
export function fold(draft: Draft, event: Event): void {
  const before = draft.at;
  draft.at = Math.max(before, event.at);
  draft.events += 1;
  foldOne(draft, event, draft.at - before);
  advance(draft);
  draft.phase = phaseOf(draft);
}

function foldOne(draft: Draft, event: Event, passed: number): void {
  switch (event.type) {
    case "opened":
      foldOpened(draft, passed);
      break;
    case "began":
      foldBegan(draft, event);
      break;
    case "preflighted":
      foldPreflighted(draft, event);
      break;
    case "previewed":
      foldPreviewed(draft, event);
      break;
    case "applied":
      foldApplied(draft, event);
      break;
    case "healthReported":
      foldHealth(draft, event);
      break;
    case "rolledBack":
      foldRolledBack(draft, event);
      break;
    case "gateEvaluated":
      foldGate(draft, event);
      break;
    case "timerFired":
      foldTimer(draft, event.action);
      break;
    case "notified":
      draft.outbox.delete(event.action);
      return;
    case "finished":
      foldFinished(draft, event.action);
      break;
    default:
      foldOperator(draft, event);
      break;
  }
}

/** Time in which no process looked after the run counts neither against deadlines nor as baking. */
function foldOpened(draft: Draft, passed: number): void {
  if (draft.events === 1) tell(draft, "started", `Rollout ${draft.run.id} of fleet ${draft.run.fleet} has started.`);
  else shiftDeadlines(draft, passed, () => true);
  if (draft.rollingBack || draft.abortedBy !== undefined) giveUpApplies(draft);
}

/** What a crash cut off need not come to its end where it is undone, or left alone, anyway. */
function giveUpApplies(draft: Draft): void {
  for (const name of [...draft.live]) {
    const cluster = draft.clusters.get(name);
    if (!cluster?.running?.startsWith("apply/")) continue;
    if (draft.rollingBack) stop(draft, name);
    else fail(draft, name, "aborted", interrupted(draft, cluster));
  }
}

function foldFinished(draft: Draft, action: string): void {
  const finish = finishAction(draft);
  if (finish === undefined || finish.id !== action) return;
  draft.finishes += 1;
  draft.outcome = finish.outcome;
  tell(draft, "finished", `Rollout ${draft.run.id} of fleet ${draft.run.fleet} has ended: ${finish.outcome}.`);
}
