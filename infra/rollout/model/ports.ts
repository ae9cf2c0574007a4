import type { Notification } from "./action.ts";
import type { Event } from "./event.ts";
import type { FleetCluster, NotifyHook } from "./fleet.ts";
import type { EvaluatedGate } from "./gate.ts";
import type { GateReport, HealthReport, Outcome, PreflightReport, Preview, Revision } from "./outcome.ts";
import type { LockedCluster, ObjectChange, PlannedCluster, Run } from "./run.ts";

/** What a cluster has and what it would get. */
export interface ClusterChange {
  readonly changes: readonly ObjectChange[];
  /** RBAC objects before and after, as the RBAC diff reads them. */
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

/** What a plan learns of a cluster. What would be deployed is known where the cluster does not answer, too. */
export type Planned = Outcome<ClusterChange> & {
  /** SHA-256 of what would be deployed, in hex. Undefined where that could not be rendered. */
  readonly desiredDigest?: string | undefined;
};

/**
 * Works on the clusters. A run deploys what its plan has pinned by `desiredDigest`, also where the plan could not show
 * the change; where it has become something else, nothing is previewed or written. Answers with an outcome whatever the cluster does; throws only where the program is at fault.
 * When `signal` aborts, it stops where it leaves nothing half written and answers `failed`.
 */
export interface ClusterDriver {
  /** What the revision at hand would change there. Writes nothing. */
  plan(cluster: FleetCluster, signal: AbortSignal): Promise<Planned>;
  /** Reachable, permissions, server version, drift, certificates: before the first wave. Writes nothing. */
  preflight(cluster: PlannedCluster, signal: AbortSignal): Promise<Outcome<PreflightReport>>;
  /** What the run's revision would change, and what is there now. Writes nothing to the cluster. */
  preview(cluster: PlannedCluster, signal: AbortSignal): Promise<Outcome<Preview>>;
  /** Deploys the run's revision. Repeating it after a crash at any point ends in the same state. */
  apply(cluster: PlannedCluster, signal: AbortSignal): Promise<Outcome>;
  /** iotedged ready, EdgeAgent converged, modules as desired; `full`: a live signed call, too. */
  health(cluster: PlannedCluster, depth: "full" | "poll", signal: AbortSignal): Promise<Outcome<HealthReport>>;
  /** Brings a captured revision back. Repeatable, like apply. */
  rollback(cluster: PlannedCluster, to: Revision, signal: AbortSignal): Promise<Outcome>;
  /** What in the cluster differs from what was deployed last. Writes nothing. */
  drift(cluster: FleetCluster, signal: AbortSignal): Promise<Outcome<{ readonly changes: readonly ObjectChange[] }>>;
}

/** Excludes other runs from a cluster. */
export interface ClusterLock {
  /**
   * Takes the lock for this run, or keeps it where this run has it. Before each action that writes, too: that is how a
   * lock that was lost while nobody looked is found out.
   */
  acquire(cluster: LockedCluster, signal: AbortSignal): Promise<Outcome<Held>>;
  /**
   * Keeps, in the background, what a process of this run has taken before that was killed: else the locks of clusters to
   * which nothing is written any more would be nobody's to renew and to release.
   */
  keepAll(clusters: readonly LockedCluster[], signal: AbortSignal): void;
  /** Called for each lock that somebody else has taken from this run. */
  onLost(listener: (cluster: string, holder: string) => void): void;
  /** Releases all locks that this run holds, as far as their clusters can be reached. */
  releaseAll(): Promise<void>;
}

/** `heldBy`: another run has it. */
export type Held = { readonly held: true } | { readonly held: false; readonly heldBy: string };

export interface GateRunner {
  evaluate(gate: EvaluatedGate, about: GateContext, signal: AbortSignal): Promise<GateReport>;
}

export interface GateContext {
  readonly run: Run;
  readonly wave: string;
  /** Clusters that are done so far. */
  readonly clusters: readonly PlannedCluster[];
}

/** The events of one run, in order. Disposed of, it is closed. */
export interface Journal extends AsyncDisposable {
  readonly run: Run;
  /** What was in it when it was opened. */
  readonly events: readonly Event[];
  /** Resolves when the events are on disk. Calls at the same time share one write. */
  append(...events: readonly Event[]): Promise<void>;
}

/** Keeps runs. */
export interface JournalStore {
  /** Ids of all runs, the newest last. */
  list(): Promise<readonly string[]>;
  create(run: Run): Promise<Journal>;
  /** To go on with it; cuts off a record that a crash has torn. The caller holds the run's local lock. */
  open(id: string): Promise<Journal>;
  /** To look at it, while another process may write it. */
  read(id: string): Promise<{ readonly run: Run; readonly events: readonly Event[] }>;
}

export interface Notifier {
  /** Tells all hooks; answers with what went wrong, if anything. */
  notify(hooks: readonly NotifyHook[], run: Run, notification: Notification): Promise<string | undefined>;
}
