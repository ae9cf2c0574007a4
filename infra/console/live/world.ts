import type { InstallationState } from "../../deploy/index.ts";
import type { Report } from "../../rbac/index.ts";
import type { RunReader } from "../../rollout/index.ts";
import type { TrustStanding } from "../view/trust.ts";

/** All that the console looks at. Nothing of it changes anything. */
export interface World {
  readonly context: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Of the installations that it was started for. */
  namespaces(): Promise<readonly string[]>;
  installations(): Promise<readonly InstallationState[]>;
  trust(): Promise<readonly TrustStanding[]>;
  permissions(): Promise<Report>;
  readonly rollouts: RunReader;
  /** Follows the log of a module's newest pod until it is over. */
  followLog(
    namespace: string,
    module: string,
    write: (chunk: Uint8Array) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
}
