import type { ClusterService, Hints, InstallationState } from "../../deploy/index.ts";
import type { LiveObject } from "../../kubernetes/index.ts";
import type { HubWay } from "../judge/hub-ports.ts";
import type { Observed } from "../model/observed.ts";
import type { AuditRefusal, ProxyFailure } from "./log-lines.ts";

/** What is seen of one installation that is deployed. */
export interface AfterSeen {
  readonly now: number;
  readonly namespace: string;
  readonly hints: Hints;
  readonly state: Observed<InstallationState>;
  /** What the installation is told of its IoT Hub; undefined where it stands alone. */
  readonly hub: Observed<HubWay | undefined>;
  /** Name of the installation, where its objects tell it. */
  readonly name: Observed<string>;
  /** Objects that an installation has, and that are not there, such as `Role iotedged`. */
  readonly missing: Observed<readonly string[]>;
  readonly pods: Observed<readonly LiveObject[]>;
  readonly accounts: Observed<readonly LiveObject[]>;
  readonly leases: Observed<readonly LiveObject[]>;
  /** Service iotedged; undefined where there is none. */
  readonly service: Observed<LiveObject | undefined>;
  /** EndpointSlices of Service iotedged. */
  readonly endpoints: Observed<readonly LiveObject[]>;
  readonly networkPolicies: Observed<readonly LiveObject[]>;
  readonly apiServer: Observed<ClusterService>;
  readonly dns: Observed<ClusterService>;
  /** Whether iotedged's account may create TokenReviews. */
  readonly tokenReview: Observed<boolean>;
  /** What the daemons' accounts lack of their rights in the namespace. */
  readonly daemonRights: Observed<readonly string[]>;
  /** Admission policies and bindings that are not there or do not deny. */
  readonly admission: Observed<{ readonly off: string | undefined; readonly lacking: readonly LackingPolicy[] }>;
  readonly trustBundle: Observed<LiveObject | undefined>;
  readonly trustRecord: Observed<LiveObject | undefined>;
  readonly iotedgedConfig: Observed<LiveObject | undefined>;
  readonly agentConfig: Observed<LiveObject | undefined>;
  readonly refusals: Observed<readonly AuditRefusal[]>;
  /** Why proxies that are not ready say that they are not, by pod. */
  readonly proxyFailures: Observed<ReadonlyMap<string, ProxyFailure>>;
}

/** An admission policy that does not hold. */
export interface LackingPolicy {
  readonly policy: string;
  /** Reads on from its name. */
  readonly says: string;
  /** Whether its binding is there, and somebody has changed what it does. */
  readonly isChanged: boolean;
}

/** What is seen of the cluster beside its installations. */
export interface LocksSeen {
  readonly now: number;
  /** Leases of rollouts. */
  readonly locks: Observed<readonly LiveObject[]>;
}
