import type { Timer } from "#base";
import type {
  ClusterDriver,
  ClusterLock,
  Event,
  GateRunner,
  Notifier,
  OperatorEvent,
  RunState,
} from "../model/index.ts";

/** What operators ask for while a run is carried out. */
export interface Inbox {
  /** What has come in since the last call, the oldest first. */
  take(): Promise<readonly Request[]>;
}

export interface Request {
  readonly event: WithoutTime<OperatorEvent>;
  /** Called when it is in the journal, or with the reason why it is refused. */
  settle(refusal?: { readonly message: string; readonly remedy: string }): Promise<void>;
}

/** An operator's event before the journal dates it. */
export type WithoutTime<E> = E extends unknown ? Omit<E, "at"> : never;

/** Sees each event when the journal has it. */
export type Observer = (event: Event, state: RunState) => void;

/** Whom the executor works with. */
export interface ExecutorPorts {
  readonly driver: ClusterDriver;
  readonly lock: ClusterLock;
  readonly gates: GateRunner;
  readonly notifier: Notifier;
  readonly timer: Timer;
  readonly inbox: Inbox;
  readonly observe: Observer;
}
