/** A Lease that has to be watched, because the run that has it may be gone. */
export interface Watch {
  readonly cluster: string;
  readonly holder: string;
  readonly ms: number;
}

/** For whoever waits for the end of it. */
export function describeWatch({ cluster, holder, ms }: Watch): string {
  const other = holder.split("@")[0];
  const hint = `if it was killed, 'edgectl rollout unlock ${other}' ends the wait`;
  return `${cluster}: locked by ${holder}; waits up to ${ms / 1000} s to see whether that run goes on; ${hint}`;
}
