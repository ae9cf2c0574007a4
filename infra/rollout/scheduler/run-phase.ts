import type { FinishAction } from "../model/action.ts";
import type { RunOutcome, RunPhase } from "../model/state.ts";
import type { Draft } from "./draft.ts";

/** Where the run as a whole stands. */
export function phaseOf(draft: Draft): RunPhase {
  if (draft.rollingBack) return draft.outcome === undefined ? "rollingBack" : "finished";
  if (draft.abortedBy !== undefined) return "aborted";
  if (draft.halt !== undefined) return "halted";
  if (draft.outcome !== undefined) return "finished";
  if (draft.pause !== undefined) return "paused";
  return draft.preflightOver ? "running" : "preflight";
}

/** Whether clusters may begin their turn, and waves go on. */
export function isOpen(draft: Draft): boolean {
  const phase = phaseOf(draft);
  return phase === "running" || phase === "preflight";
}

/** The end of the run, when nothing is left to do. */
export function finishAction(draft: Draft): FinishAction | undefined {
  if (draft.outcome !== undefined || draft.outbox.size > 0) return undefined;
  const outcome = outcomeOf(draft);
  return outcome === undefined ? undefined : { kind: "finish", id: `finish/${draft.finishes + 1}`, outcome };
}

function outcomeOf(draft: Draft): RunOutcome | undefined {
  switch (phaseOf(draft)) {
    case "rollingBack":
      return rollbackOutcome(draft);
    case "aborted":
      return draft.live.size === 0 && draft.preflighting.size === 0 ? "aborted" : undefined;
    case "halted":
      return [...draft.live].some((name) => draft.clusters.get(name)?.begun) ? undefined : "halted";
    case "running":
      return draft.wave < draft.waves.length ? undefined : endOutcome(draft);
    default:
      return undefined;
  }
}

function rollbackOutcome(draft: Draft): RunOutcome | undefined {
  const states = [...draft.clusters.values()];
  if (states.some(({ rollback }) => rollback === "pending")) return undefined;
  return states.some(({ touched }) => touched) ? "rollbackIncomplete" : "rolledBack";
}

function endOutcome(draft: Draft): RunOutcome | undefined {
  const phases = [...draft.clusters.values()].map(({ phase }) => phase);
  if (phases.every((phase) => phase === "done")) return "complete";
  return phases.every((phase) => ["done", "failed", "skipped"].includes(phase)) ? "partial" : undefined;
}
