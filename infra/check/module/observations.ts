import type { Hints, InstallationState } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import type { Observed } from "../model/observed.ts";

/** Something, and how long it took to see it. */
export interface Timed<T> {
  readonly value: T;
  readonly milliseconds: number;
}

/** What a proxy says of itself at `/status`. */
export interface ProxyStatus {
  /** SHA-256 of the trust bundle that it has loaded; empty while it has none. */
  readonly trustBundle: string;
  /** When its token expires, in seconds since 1970; 0 while it has none. */
  readonly tokenNotAfter: number;
  /** What it lacks; empty where it lacks nothing. */
  readonly missing: string;
  readonly iotedgedReached: boolean;
}

/** An answer at the module's own address of the workload API. */
export interface CallAnswer {
  readonly status: number;
  /** As `X-Iotedge-Proxy-Error` says, where the proxy has answered itself. */
  readonly proxyError: string;
  /** What iotedged says of it. */
  readonly message: string;
  /** Whether it is the answer that was asked for. */
  readonly complete: boolean;
  /** The rule by which iotedged has refused it, where its log tells. */
  readonly rule: string | undefined;
}

/** What is seen of one module's chain. */
export interface ModuleSeen {
  readonly now: number;
  readonly namespace: string;
  readonly moduleId: string;
  readonly hints: Hints;
  readonly state: Observed<Timed<InstallationState>>;
  /** Its newest pod. */
  readonly pod: Observed<LiveObject | undefined>;
  readonly accounts: Observed<readonly LiveObject[]>;
  readonly audience: Observed<string>;
  readonly trustBundle: Observed<LiveObject | undefined>;
  readonly proxy: Observed<Timed<ProxyStatus>>;
  /** A call that every module of the installation may make. */
  readonly identityCall: Observed<Timed<CallAnswer>>;
  /** A call that this module alone may make. */
  readonly ownCall: Observed<Timed<CallAnswer>>;
}
