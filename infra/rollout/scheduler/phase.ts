import type { RunPhase } from "../model/state.ts";
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
