import type { GateReport, HealthReport, Outcome, PreflightReport, Preview } from "./outcome.ts";
import type { RunOutcome } from "./state.ts";

/** What all events have. */
interface Happened {
  /** Milliseconds since 1970, by the clock of the machine that runs the rollout. Never before the event before it. */
  readonly at: number;
}

/** What became of an action; `action` is its id. An event of an action that nobody waits for any more changes nothing. */
interface Ended extends Happened {
  readonly action: string;
  readonly cluster: string;
}

/** A process has begun or resumed the run. */
export interface Opened extends Happened {
  readonly type: "opened";
  readonly by: string;
  readonly host: string;
  readonly pid: number;
}

/** Written before the first step of a `BegunAction`, so that a crash cannot hide that it was begun. */
export interface Began extends Happened {
  readonly type: "began";
  readonly action: string;
  readonly cluster: string;
}

export interface Preflighted extends Ended {
  readonly type: "preflighted";
  readonly result: Outcome<PreflightReport>;
}

export interface Previewed extends Ended {
  readonly type: "previewed";
  readonly result: Outcome<Preview>;
}

export interface Applied extends Ended {
  readonly type: "applied";
  readonly result: Outcome;
}

/** What a `verify` or `pollHealth` found. `ok` says that the cluster answered, not that it is healthy. */
export interface HealthReported extends Ended {
  readonly type: "healthReported";
  readonly result: Outcome<HealthReport>;
}

export interface RolledBack extends Ended {
  readonly type: "rolledBack";
  readonly result: Outcome;
}

export interface GateEvaluated extends Happened {
  readonly type: "gateEvaluated";
  readonly action: string;
  readonly gate: string;
  readonly report: GateReport;
}

/** The time of a `wait` has come. */
export interface TimerFired extends Happened {
  readonly type: "timerFired";
  readonly action: string;
}

/** A notification was passed on, or not: it is not tried again. */
export interface Notified extends Happened {
  readonly type: "notified";
  readonly action: string;
  /** Why a hook could not be told. */
  readonly problem?: string;
}

/** Somebody else holds the lock of a cluster that this run had locked. */
export interface LockLost extends Happened {
  readonly type: "lockLost";
  readonly cluster: string;
  readonly holder: string;
}

/** What operators ask for; `by` is who. */
export type OperatorEvent =
  | (Happened & { readonly type: "paused"; readonly by: string; readonly reason: string })
  /** Ends a pause; after a halt by a gate, asks the gate again. */
  | (Happened & { readonly type: "resumed"; readonly by: string })
  | (Happened & { readonly type: "aborted"; readonly by: string; readonly reason: string })
  | (Happened & { readonly type: "approved"; readonly by: string; readonly gate: string; readonly comment?: string })
  | (Happened & { readonly type: "retried"; readonly by: string; readonly cluster: string })
  | (Happened & { readonly type: "skipped"; readonly by: string; readonly cluster: string; readonly reason: string })
  | (Happened & { readonly type: "rollbackRequested"; readonly by: string; readonly reason: string });

/** The `finish` action was carried out; the last event, unless a rollback or a retry resumes the run. */
export interface Finished extends Happened {
  readonly type: "finished";
  readonly action: string;
  readonly outcome: RunOutcome;
}

/** One line of a run's journal. */
export type Event =
  | Opened
  | Began
  | Preflighted
  | Previewed
  | Applied
  | HealthReported
  | RolledBack
  | GateEvaluated
  | TimerFired
  | Notified
  | LockLost
  | OperatorEvent
  | Finished;
