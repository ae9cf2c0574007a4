/** A condition before or after a wave, as the fleet file describes it. */
export type GateSpec = HealthGate | CommandGate | HttpGate | PrometheusGate | ApprovalGate;
/** A gate that is evaluated by looking; an approval is an event instead. */
export type EvaluatedGate = Exclude<GateSpec, ApprovalGate>;

/** Common to gates that are evaluated: they are asked again until they pass or `timeoutMs` have passed. */
interface Evaluated {
  readonly name: string;
  readonly intervalMs: number;
  /** From the first evaluation; a gate that has not passed by then halts the run. */
  readonly timeoutMs: number;
}

/** All clusters that are done so far are healthy. */
export interface HealthGate extends Evaluated {
  readonly kind: "health";
}

/** The command ends with 0. It is told of run, wave and clusters by environment variables. */
export interface CommandGate extends Evaluated {
  readonly kind: "command";
  readonly command: readonly [string, ...string[]];
}

/** The address answers with one of `statuses`, and with the text `contains` in its body where that is given. */
export interface HttpGate extends Evaluated {
  readonly kind: "http";
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly statuses: readonly number[];
  readonly contains?: string | undefined;
}

/** Each sample of the query's result meets the condition; no sample at all does not. */
export interface PrometheusGate extends Evaluated {
  readonly kind: "prometheus";
  /** Address of the server, such as `https://prometheus.example.com`. */
  readonly url: string;
  readonly query: string;
  readonly condition: { readonly operator: "<" | "<=" | ">" | ">=" | "=="; readonly value: number };
}

/** Somebody says yes. */
export interface ApprovalGate {
  readonly kind: "approval";
  readonly name: string;
  /** Who may. Empty: whoever can reach the run's directory. */
  readonly approvers: readonly string[];
  /** How long an approval that was given before the gate was reached counts. */
  readonly validMs: number;
  /** How long the gate waits once it is reached; the run halts after that. */
  readonly timeoutMs: number;
}

/** A gate of a run. */
export interface Gate {
  /** Unique in the run: `{wave}/{before|after}/{name}`. */
  readonly id: string;
  readonly wave: string;
  readonly when: "before" | "after";
  readonly spec: GateSpec;
}
