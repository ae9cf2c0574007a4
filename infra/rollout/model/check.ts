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
