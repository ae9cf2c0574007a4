import type { ClusterTarget, FleetCluster, HealthPolling, NotifyHook, RequeueDelay } from "./fleet.ts";
import type { Gate } from "./gate.ts";
import type { Failure } from "./outcome.ts";

/** One rollout of one revision over a fleet: fixed when it is made, never changed after. */
export interface Run {
  readonly version: 1;
  /** Sorts by time: `20261123-021500-3f9a`. */
  readonly id: string;
  readonly fleet: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly createdBy: string;
  readonly git: { readonly revision: string; readonly dirty: boolean };
  /** SHA-256 over the fleet file and all stacks' configuration, in hex. */
  readonly configHash: string;
  /** Image references by their key, with digests where they have one. */
  readonly images: Readonly<Record<string, string>>;
  readonly plan: RolloutPlan;
  readonly health: HealthPolling;
  readonly requeue: RequeueDelay;
  readonly preflightConcurrency: number;
  readonly onHalt: "wait" | "rollback";
  readonly notify: readonly NotifyHook[];
}

/** The computed waves, and what changes where. */
export interface RolloutPlan {
  readonly waves: readonly PlannedWave[];
  /** Clusters by name. */
  readonly clusters: Readonly<Record<string, PlannedCluster>>;
  /** Clusters that change in the same way; the largest group first. */
  readonly groups: readonly ChangeGroup[];
  /** Clusters of the fleet that no wave takes. */
  readonly unselected: readonly string[];
  /** Clusters whose changes the plan does not know. */
  readonly unknown?: readonly UnknownChange[] | undefined;
}

export interface UnknownChange {
  readonly cluster: string;
  /** An unreachable cluster is tried again when its turn comes; one that failed will fail again. */
  readonly outcome: "failed" | "unreachable";
  readonly failure: Failure;
}

/** A wave with its limits as numbers. */
export interface PlannedWave {
  readonly name: string;
  readonly canary: boolean;
  /** In the order of their turn. */
  readonly clusters: readonly string[];
  /** At least 1. */
  readonly maxConcurrency: number;
  readonly maxFailures: number;
  readonly progressDeadlineMs: number;
  readonly bakeMs: number;
  readonly before: readonly Gate[];
  readonly after: readonly Gate[];
}

export interface PlannedCluster {
  readonly name: string;
  readonly stack: string;
  readonly target: ClusterTarget;
  readonly engine?: FleetCluster["engine"];
  readonly gitops?: FleetCluster["gitops"];
  readonly wave: string;
  /**
   * Digest of the changes that the plan showed, which the preview at the cluster's turn must find again. Undefined: the
   * cluster was unreachable, so the plan could not show them.
   */
  readonly changeDigest?: string | undefined;
  /**
   * SHA-256 of what will be deployed, in hex: of the objects' canonical JSON, or with Pulumi of the revision and what
   * decides besides it.
   */
  readonly desiredDigest: string;
}

/** What a cluster's lock is found by. */
export type LockedCluster = Pick<PlannedCluster, "name" | "stack" | "target" | "gitops">;

/** What changes in one or several clusters. */
export interface ChangeGroup {
  readonly digest: string;
  readonly clusters: readonly string[];
  readonly changes: readonly ObjectChange[];
  readonly rbac: RbacVerdict;
}

export interface ObjectChange {
  readonly operation: "create" | "update" | "replace" | "delete";
  /** `apps/v1/Deployment edge-a/iotedged`, or without namespace. */
  readonly object: string;
  /** Changed fields in words, each in one line; secrets as `[secret]`. */
  readonly fields: readonly string[];
}

/** What the change does to permissions, from the RBAC diff. */
export interface RbacVerdict {
  readonly outcome: "nothing" | "changes" | "undecided" | "over-threshold";
  readonly text: string;
}
