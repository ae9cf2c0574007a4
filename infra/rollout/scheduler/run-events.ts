import { interrupted } from "./cluster-events.ts";
import { type Draft, fail, stop, tell } from "./draft.ts";
import { finishAction } from "./run-phase.ts";
import { shiftDeadlines } from "./timers.ts";

/**
 * A process has taken the run up. Time in which none carried it out counts against no deadline, and not as baking either.
 *
 * @param passed milliseconds since the event before
 */
export function reduceOpened(draft: Draft, passed: number): void {
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

/** The run has come to its end. */
export function reduceFinished(draft: Draft, action: string): void {
  const finish = finishAction(draft);
  if (finish === undefined || finish.id !== action) return;
  draft.finishes += 1;
  draft.outcome = finish.outcome;
  tell(draft, "finished", `Rollout ${draft.run.id} of fleet ${draft.run.fleet} has ended: ${finish.outcome}.`);
}
