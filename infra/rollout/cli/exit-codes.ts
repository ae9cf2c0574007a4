import { type ExitCode, exitCodes } from "../../terminal/index.ts";
import type { RunOutcome } from "../model/index.ts";

/** @param outcome undefined where the run was interrupted */
export function exitCodeOf(outcome: RunOutcome | undefined): ExitCode {
  if (outcome === undefined) return exitCodes.interrupted;
  return outcome === "complete" ? exitCodes.done : exitCodes[outcome];
}

export const exitCodesHelp = `
Exit codes: 0 complete, 1 error, 2 wrong usage, 3 halted, 4 partial (within the limits, but clusters failed or were
skipped), 5 aborted, 6 rolled back (0 of \`rollback\` itself), 7 rolled back but not everywhere, 8 drift found,
130 interrupted; \`resume\` goes on after 130 and after a crash.`;
