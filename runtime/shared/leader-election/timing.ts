/** Times of an election, in milliseconds. */
export interface ElectionTiming {
  /** How long candidates let a leader be that they do not hear of. */
  readonly leaseDuration: number;
  /** How long a leader goes on without being able to renew. The difference is what its work may take to end. */
  readonly renewDeadline: number;
  /** From one attempt to the next; candidates wait up to 2.2 times as long. */
  readonly retryPeriod: number;
}

/** Those of Kubernetes' own controllers. */
export const defaultTiming: ElectionTiming = { leaseDuration: 15_000, renewDeadline: 10_000, retryPeriod: 2000 };
