import type { ExitCode } from "../../terminal/index.ts";
import type { RunOutcome } from "../model/index.ts";

/** 1 is any error, 2 wrong usage. */
export const exitCodes: Readonly<Record<RunOutcome, ExitCode>> = {
  complete: 0,
  halted: 3,
  partial: 4,
  aborted: 5,
  rolledBack: 6,
  rollbackIncomplete: 7,
};
export const driftFound: ExitCode = 8;
export const interrupted: ExitCode = 130;

export const exitCodesHelp = `
Exit codes: 0 complete, 1 error, 2 wrong usage, 3 halted, 4 partial (within the limits, but clusters failed or were
skipped), 5 aborted, 6 rolled back (0 of \`rollback\` itself), 7 rolled back but not everywhere, 8 drift found,
130 interrupted; \`resume\` goes on after 130 and after a crash.`;
