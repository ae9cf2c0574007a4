/** An alerting rule of Prometheus. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long the expression must hold, as Prometheus writes it. */
  readonly for: string;
  /** `critical`: modules are, or soon will be, without service. */
  readonly severity: "warning" | "critical";
  readonly summary: string;
  /** What to do. */
  readonly description: string;
}
