import type { EvaluatedGate } from "./gate.ts";
import type { Revision } from "./outcome.ts";
import type { RunOutcome } from "./state.ts";

/**
 * What the scheduler wants to be under way now. It lists an action from when it is due until an event ends it, so
 * whoever carries actions out
 *
 * - gives each event to the scheduler at once, and appends it to the journal in the same order;
 * - begins the listed actions that it has not begun yet, known by `id`: after a crash, that is all of them;
 * - gives it, and appends, `began` before each {@link BegunAction}, and waits until that is on disk before its first step;
 * - cancels those that are no longer listed, and begins no other one on that cluster until they have stopped;
 * - appends the event that ends the action. Of a cancelled one it may, too; it changes nothing;
 * - ends when the run has an outcome and nothing is listed.
 */
export type Action = ClusterAction | GateAction | WaitAction | NotifyAction | FinishAction;

interface OnCluster {
  /** The same after a crash; another one for each try, poll or attempt. */
  readonly id: string;
  readonly cluster: string;
}

export type ClusterAction = BegunAction | HealthAction;
/** Actions that the journal knows of before their first step. */
export type BegunAction = PreflightAction | PreviewAction | ApplyAction | RollbackAction;

/** Ends with `preflighted`. */
export interface PreflightAction extends OnCluster {
  readonly kind: "preflight";
}

/** Finds out what would change, and keeps what is there now. Ends with `previewed`. */
export interface PreviewAction extends OnCluster {
  readonly kind: "preview";
}

/** Deploys the run's revision. May have been begun before: it must be repeatable. Ends with `applied`. */
export interface ApplyAction extends OnCluster {
  readonly kind: "apply";
}

/** Looks at the cluster once, not before `notBefore`. Ends with `healthReported`. */
export interface HealthAction extends OnCluster {
  /** `verify` after an apply, `pollHealth` while baking. */
  readonly kind: "verify" | "pollHealth";
  readonly notBefore: number;
}

/** Brings the revision back that was there before the run. Must be repeatable. Ends with `rolledBack`. */
export interface RollbackAction extends OnCluster {
  readonly kind: "rollback";
  readonly to: Revision;
}

/** Asks a gate once, not before `notBefore`. Ends with `gateEvaluated`. */
export interface GateAction {
  readonly kind: "gate";
  readonly id: string;
  readonly gate: string;
  readonly wave: string;
  readonly spec: EvaluatedGate;
  /** Clusters that are done so far. */
  readonly clusters: readonly string[];
  readonly notBefore: number;
}

/** Ends with `timerFired` once it is `until`. Nothing else depends on the clock. */
export interface WaitAction {
  readonly kind: "wait";
  readonly id: string;
  readonly until: number;
  /** What is waited for, for the view. */
  readonly reason: "deadline" | "requeue" | "approval";
  /** The cluster or the gate. */
  readonly subject: string;
}

/** Ends with `notified`, whether it worked or not. */
export interface NotifyAction {
  readonly kind: "notify";
  readonly id: string;
  readonly notification: Notification;
}

export interface Notification {
  readonly topic:
    | "started"
    | "waveStarted"
    | "wavePassed"
    | "approvalNeeded"
    | "clusterFailed"
    | "paused"
    | "halted"
    | "rollingBack"
    | "finished";
  /** One line for people. */
  readonly text: string;
  /** When what it tells of happened. */
  readonly at: number;
  readonly wave?: string;
  readonly cluster?: string;
  readonly gate?: string;
}

/** Nothing is left to do but to release the locks. Ends with `finished`. */
export interface FinishAction {
  readonly kind: "finish";
  readonly id: string;
  readonly outcome: RunOutcome;
}
