import type { Action, BegunAction } from "../model/action.ts";
import type { ClusterState, GateState } from "../model/state.ts";
import type { Draft } from "./draft.ts";
import { approvalTimer, gateActionId, gateOf } from "./gates.ts";
import { rollbackCandidates } from "./rollback.ts";
import { finishAction, isOpen } from "./run-phase.ts";
import { nextActionId, nextKind } from "./steps.ts";
import { deadlineTimer, requeueTimer } from "./timers.ts";

/** All that should be under way now. */
export function actionsOf(draft: Draft): readonly Action[] {
  const actions: Action[] = [];
  for (const [id, notification] of draft.outbox) actions.push({ kind: "notify", id, notification });
  for (const name of draft.preflighting) addNext(actions, draft.clusters.get(name));
  for (const name of draft.live) addLive(actions, draft, name);
  if (draft.rollingBack) for (const cluster of rollbackCandidates(draft)) addNext(actions, cluster);
  else addBeginnings(actions, draft);
  if (isOpen(draft)) addGates(actions, draft);
  const finish = finishAction(draft);
  if (finish !== undefined) actions.push(finish);
  return actions;
}

/** What a cluster in its turn does or waits for. */
function addLive(actions: Action[], draft: Draft, name: string): void {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined) return;
  const proceeds = cluster.begun || cluster.rollback !== undefined || isOpen(draft);
  if (!proceeds) return;
  const deadline = deadlineTimer(cluster);
  if (deadline !== undefined) actions.push(deadline);
  const requeue = requeueTimer(cluster);
  if (requeue !== undefined) actions.push(requeue);
  else if (isDue(draft, cluster)) addNext(actions, cluster);
}

/** Whether the cluster takes its next step now: one in the queue waits for a place first, a rollback for its turn. */
function isDue(draft: Draft, cluster: ClusterState): boolean {
  if (cluster.running !== undefined) return true;
  if (cluster.rollback === "pending") return false;
  return cluster.nextPollAt !== undefined || draft.active.has(cluster.name);
}

/** Clusters whose turn it is. */
function addBeginnings(actions: Action[], draft: Draft): void {
  if (draft.abortedBy !== undefined || draft.outcome !== undefined) return;
  const open = isOpen(draft);
  if (!draft.preflightOver) {
    const free = open ? draft.run.preflightConcurrency - draft.preflighting.size : 0;
    for (const name of draft.preflights.slice(0, Math.max(0, free))) addNext(actions, draft.clusters.get(name));
    return;
  }
  const wave = draft.run.plan.waves[Math.min(draft.wave, draft.waves.length - 1)];
  let free = (wave?.maxConcurrency ?? 0) - draft.active.size;
  for (const name of draft.queue) {
    if (free <= 0) return;
    const cluster = draft.clusters.get(name);
    if (!open && cluster?.begun !== true) continue;
    addNext(actions, cluster);
    free -= 1;
  }
}

function addNext(actions: Action[], cluster: ClusterState | undefined): void {
  const kind = cluster && nextKind(cluster);
  if (cluster === undefined || kind === undefined) return;
  const action = { id: nextActionId(cluster), cluster: cluster.name };
  if (kind === "verify" || kind === "pollHealth") {
    actions.push({ kind, ...action, notBefore: cluster.nextPollAt ?? 0 });
  } else if (kind !== "rollback") {
    actions.push({ kind, ...action } satisfies BegunAction);
  } else if (cluster.previous !== undefined) {
    actions.push({ kind, ...action, to: cluster.previous });
  }
}

function addGates(actions: Action[], draft: Draft): void {
  for (const state of draft.gates.values()) {
    if (state.status === "open") addGate(actions, draft, state);
  }
}

function addGate(actions: Action[], draft: Draft, state: GateState): void {
  const gate = gateOf(draft, state.id);
  if (gate === undefined) return;
  const { spec, wave } = gate;
  if (spec.kind === "approval") {
    const timer = approvalTimer(draft, state);
    if (timer !== undefined) actions.push(timer);
    return;
  }
  const done = [...draft.clusters.values()].filter(({ phase }) => phase === "done").map(({ name }) => name);
  const id = gateActionId(state);
  actions.push({ kind: "gate", id, gate: state.id, wave, spec, clusters: done, notBefore: state.nextAttemptAt ?? 0 });
}
