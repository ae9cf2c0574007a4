import type { Notification } from "../model/action.ts";
import type { Failure } from "../model/outcome.ts";
import type { Run } from "../model/run.ts";
import type {
  ClusterState,
  FailedStep,
  GateState,
  HaltReason,
  PauseReason,
  RunOutcome,
  RunPhase,
  RunState,
  WaveState,
} from "../model/state.ts";

/** The state as the reducer changes it, event by event. Nobody else writes to it. */
export interface Draft extends RunState {
  readonly run: Run;
  phase: RunPhase;
  readonly clusters: Map<string, ClusterState>;
  readonly waves: WaveState[];
  wave: number;
  readonly gates: Map<string, GateState>;
  pause?: PauseReason | undefined;
  pausedAt?: number | undefined;
  halt?: HaltReason | undefined;
  outcome?: RunOutcome | undefined;
  events: number;
  at: number;
  /** Clusters whose first preflight has not begun, in the order of the waves. */
  readonly preflights: string[];
  /** Clusters whose first preflight runs. */
  readonly preflighting: Set<string>;
  /** Whether all clusters were looked at once. */
  preflightOver: boolean;
  /** Clusters that may take a place when one is free, in that order. */
  queue: string[];
  /** Clusters that hold a place. */
  readonly active: Set<string>;
  /** Clusters in their turn, baking ones included: all that have something to do or to wait for. */
  readonly live: Set<string>;
  /** Number of failed clusters of each wave. */
  readonly failed: number[];
  abortedBy?: string | undefined;
  rollingBack: boolean;
  touchedSoFar: number;
  finishes: number;
  /** Notifications that were not passed on yet, by action id. */
  readonly outbox: Map<string, Notification>;
  notifications: number;
}

/** A run in which nothing has happened yet. */
export function createDraft(run: Run): Draft {
  const { waves } = run.plan;
  const clusters = waves.flatMap(({ clusters: names }, wave) => names.map((name) => newCluster(name, wave)));
  const gates = waves.flatMap(({ before, after }) => [...before, ...after]);
  return {
    run,
    phase: "preflight",
    clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
    waves: waves.map(({ name }) => ({ name, stage: "before" })),
    wave: 0,
    gates: new Map(gates.map(({ id }) => [id, { id, status: "waiting", attempt: 1, evidence: "" }])),
    events: 0,
    at: run.createdAt,
    preflights: clusters.map(({ name }) => name),
    preflighting: new Set(),
    preflightOver: false,
    queue: [],
    active: new Set(),
    live: new Set(),
    failed: waves.map(() => 0),
    rollingBack: false,
    touchedSoFar: 0,
    finishes: 0,
    outbox: new Map(),
    notifications: 0,
  };
}

function newCluster(name: string, wave: number): ClusterState {
  return {
    name,
    wave,
    phase: "pending",
    attempt: 1,
    step: 1,
    preflighted: false,
    begun: false,
    touched: false,
    since: 0,
    unreachable: 0,
    unhealthyInARow: 0,
    checks: [],
  };
}

/** Changes a cluster's state; a new phase begins now. */
export function update(draft: Draft, name: string, change: Partial<ClusterState>): void {
  const old = draft.clusters.get(name);
  if (old === undefined) return;
  const moved = change.phase !== undefined && change.phase !== old.phase;
  const now = { ...old, ...change, ...(moved && { since: draft.at }) };
  draft.clusters.set(name, now);
  const difference = Number(now.phase === "failed") - Number(old.phase === "failed");
  draft.failed[now.wave] = (draft.failed[now.wave] ?? 0) + difference;
}

/** Ends what the cluster does and waits for. An event that comes late finds another step and changes nothing. */
export function stop(draft: Draft, name: string): void {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined) return;
  draft.active.delete(name);
  draft.live.delete(name);
  dequeue(draft, name);
  update(draft, name, {
    step: cluster.step + 1,
    running: undefined,
    waitingUntil: undefined,
    nextPollAt: undefined,
    deadlineAt: undefined,
    unreachable: 0,
  });
}

export function dequeue(draft: Draft, name: string): void {
  takeOut(draft.queue, name);
}

/** In place: a copy for each of thousands of clusters would be most of what a run allocates. */
export function takeOut(names: string[], name: string): void {
  const index = names.indexOf(name);
  if (index >= 0) names.splice(index, 1);
}

/** Puts a notification into the outbox. */
export function tell(
  draft: Draft,
  topic: Notification["topic"],
  text: string,
  about: Partial<Notification> = {},
): void {
  draft.notifications += 1;
  draft.outbox.set(`notify/${draft.notifications}`, { topic, text, at: draft.at, ...about });
}

/** The cluster has failed in this attempt. */
export function fail(draft: Draft, name: string, failedIn: FailedStep, failure: Failure): void {
  stop(draft, name);
  update(draft, name, { phase: "failed", failedIn, failure });
  const wave = draft.waves[draft.clusters.get(name)?.wave ?? 0]?.name ?? "";
  tell(draft, "clusterFailed", failure.message, { cluster: name, wave });
}
