import type { Check, Failure, Revision } from "./outcome.ts";

/** Where a cluster is in its rollout. */
export type ClusterPhase =
  | "pending"
  | "previewing"
  | "applying"
  | "verifying"
  | "baking"
  | "done"
  | "failed"
  | "skipped"
  | "rolledBack";

/** In which step a cluster failed. */
export type FailedStep =
  | "preflight"
  | "preview"
  | "apply"
  | "verify"
  | "bake"
  | "unreachable"
  | "aborted"
  | "lock"
  | "rollback";

export interface ClusterState {
  readonly name: string;
  /** Index of its wave. */
  readonly wave: number;
  readonly phase: ClusterPhase;
  /** 1 for the first; `retry` begins the next. */
  readonly attempt: number;
  /** Number of actions on it that have ended or were given up; part of the next one's id. */
  readonly step: number;
  /** Whether this attempt's preflight has passed. */
  readonly preflighted: boolean;
  /** Whether this attempt's apply was begun. From then on the attempt goes on through pauses and halts. */
  readonly begun: boolean;
  /** Whether an apply was begun in any attempt: a rollback has to undo it. */
  readonly touched: boolean;
  /** Place in the order in which clusters were touched. */
  readonly touchedOrder?: number | undefined;
  /** What was there before the first apply. */
  readonly previous?: Revision | undefined;
  /** When this attempt's turn began. */
  readonly startedAt?: number | undefined;
  /** When it has failed, unless it has come further. */
  readonly deadlineAt?: number | undefined;
  /** When the phase began. */
  readonly since: number;
  /** Tries in a row that did not reach the cluster. */
  readonly unreachable: number;
  /** It waits for its next try until then, and holds no place meanwhile. */
  readonly waitingUntil?: number | undefined;
  readonly nextPollAt?: number | undefined;
  readonly unhealthyInARow: number;
  readonly bakeUntil?: number | undefined;
  /** What the last preflight or health poll found, without what is fine. */
  readonly checks: readonly Check[];
  readonly failedIn?: FailedStep | undefined;
  readonly failure?: Failure | undefined;
  readonly skippedBecause?: string | undefined;
  /** Id of an action that was begun and has not ended. After a crash it is done once more. */
  readonly running?: string | undefined;
  /** In a rollback: whether it still has to be brought back. */
  readonly rollback?: "pending" | "settled" | undefined;
}

export type RunPhase =
  /** All clusters are looked at before the first wave. */
  | "preflight"
  | "running"
  /** By an operator, or because a lock was lost. Nothing new begins; what runs goes on. */
  | "paused"
  /** Too many failures, or a gate that did not pass. Nothing new begins; what runs goes on. */
  | "halted"
  | "aborted"
  | "rollingBack"
  | "finished";

/** How a run ended. `partial`: within the limits, but clusters failed or were skipped. */
export type RunOutcome = "complete" | "partial" | "halted" | "aborted" | "rolledBack" | "rollbackIncomplete";

export type HaltReason =
  | { readonly kind: "failures"; readonly wave: string; readonly failed: readonly string[]; readonly allowed: number }
  | { readonly kind: "gate"; readonly gate: string; readonly evidence: string };

export type PauseReason =
  | { readonly kind: "operator"; readonly by: string; readonly reason: string }
  | { readonly kind: "lock"; readonly cluster: string; readonly holder: string };

/** The part of a wave that is under way. */
export type WaveStage = "before" | "clusters" | "after" | "passed";

export interface WaveState {
  readonly name: string;
  readonly stage: WaveStage;
  /** When it began. */
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

export interface GateState {
  readonly id: string;
  readonly status: "waiting" | "open" | "passed" | "failed";
  /** Evaluations so far. */
  readonly attempt: number;
  readonly openedAt?: number | undefined;
  readonly nextAttemptAt?: number | undefined;
  readonly evidence: string;
  readonly approval?: Approval | undefined;
}

export interface Approval {
  readonly by: string;
  readonly at: number;
  /** An approval given ahead does not count after that. */
  readonly expiresAt: number;
}

/** Where a run stands: it follows from its events, and from nothing else. */
export interface RunState {
  readonly phase: RunPhase;
  readonly clusters: ReadonlyMap<string, ClusterState>;
  readonly waves: readonly WaveState[];
  /** Index of the wave that is under way. */
  readonly wave: number;
  readonly gates: ReadonlyMap<string, GateState>;
  readonly pause?: PauseReason | undefined;
  readonly halt?: HaltReason | undefined;
  readonly outcome?: RunOutcome | undefined;
  /** Number of events so far. */
  readonly events: number;
  /** Time of the last event. */
  readonly at: number;
}
