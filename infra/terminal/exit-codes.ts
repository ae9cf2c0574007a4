/** What edgectl ends with. */
export const exitCodes = {
  done: 0,
  error: 1,
  /** The command line is not understood. */
  usage: 2,
  /** What was looked for was found. */
  findings: 3,
  /** More clusters failed than may. */
  halted: 3,
  /** Clusters failed, within the limits. */
  partial: 4,
  aborted: 5,
  rolledBack: 6,
  /** Rolled back, but not everywhere. */
  rollbackIncomplete: 7,
  drifted: 8,
  /** By Ctrl-C. */
  interrupted: 130,
} as const;
