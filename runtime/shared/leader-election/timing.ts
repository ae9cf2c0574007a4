/** Times of an election, in milliseconds. */
export interface ElectionTiming {
  /** How long candidates wait for a leader that does not renew. */
  readonly leaseDuration: number;
  /** How long a leader leads on when it cannot renew. Its work must end before the Lease does. */
  readonly renewDeadline: number;
  /** From one attempt to the next; candidates wait up to 2.2 times as long. */
  readonly retryPeriod: number;
}

/** Those of Kubernetes' own controllers. */
export const defaultTiming: ElectionTiming = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };
