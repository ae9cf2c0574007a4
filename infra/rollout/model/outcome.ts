/** One thing that was looked at. `error` stops the cluster's rollout, `warning` is shown, `ok` is kept as evidence. */
export interface Check {
  /** Stable name, such as `reachable`, `permissions`, `iotedged-ready`. */
  readonly id: string;
  readonly severity: "ok" | "warning" | "error";
  readonly message: string;
  /** What was seen, in one line. Never a secret. */
  readonly evidence: string;
  /** The way out; empty where nothing is wrong. */
  readonly fix: string;
}

/** Why something failed, as a journal keeps it: an EdgeError's code, message and way out. Never a secret. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * What became of work on a cluster. `unreachable`: the cluster did not answer, so nothing is known; it is tried again
 * until its progress deadline.
 */
export type Outcome<Value = object> =
  | ({ readonly outcome: "ok" } & Value)
  | { readonly outcome: "failed"; readonly failure: Failure }
  | { readonly outcome: "unreachable"; readonly failure: Failure };

/** What is deployed in a cluster at a point in time, so that it can be brought back. */
export interface Revision {
  /** Where it is kept, relative to the run's directory. */
  readonly file: string;
  /** SHA-256 of that file, in hex. A rollback refuses a file of another digest. */
  readonly digest: string;
}

/** What a preview found. */
export interface Preview {
  /** Of the changes, as `changeDigest` of infra/rollout/plan makes it; compared with what the plan showed. */
  readonly changeDigest: string;
  /** Number of objects that would change. 0: the cluster is left alone and only verified. */
  readonly changes: number;
  /** What is there before anything is changed. */
  readonly previous: Revision;
}

export interface PreflightReport {
  readonly checks: readonly Check[];
}

export interface HealthReport {
  readonly healthy: boolean;
  /** What was looked at; those that failed say why. */
  readonly checks: readonly Check[];
}

export interface GateReport {
  readonly passed: boolean;
  /** What was seen, in one line: a status, a sample, the last line of a command. Never a secret. */
  readonly evidence: string;
}
