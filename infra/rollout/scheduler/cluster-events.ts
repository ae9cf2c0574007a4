import { failureOf, rolloutErrors } from "../errors.ts";
import type { Applied, Began, HealthReported, Preflighted, Previewed, RolledBack } from "../model/event.ts";
import type { Check, HealthReport, Outcome } from "../model/outcome.ts";
import type { ClusterState, FailedStep } from "../model/state.ts";
import { type Draft, dequeue, fail, stop, takeOut, update } from "./draft.ts";
import { nextActionId, nextKind } from "./steps.ts";
import { requeue, requeueDelay } from "./timers.ts";

/** An action on a cluster is about to take its first step: from now on it may have had an effect. */
export function reduceBegan(draft: Draft, event: Began): void {
  const cluster = draft.clusters.get(event.cluster);
  if (cluster === undefined || cluster.running !== undefined || nextActionId(cluster) !== event.action) return;
  if (draft.preflightOver) takePlace(draft, cluster);
  else beginPreflight(draft, cluster.name);
  update(draft, cluster.name, { running: event.action, ...changeAtBegin(draft, cluster) });
}

function beginPreflight(draft: Draft, name: string): void {
  takeOut(draft.preflights, name);
  draft.preflighting.add(name);
}

function takePlace(draft: Draft, cluster: ClusterState): void {
  dequeue(draft, cluster.name);
  draft.active.add(cluster.name);
  draft.live.add(cluster.name);
  if (cluster.deadlineAt !== undefined) return;
  const deadline = draft.run.plan.waves[cluster.wave]?.progressDeadlineMs ?? 0;
  update(draft, cluster.name, { startedAt: draft.at, deadlineAt: draft.at + deadline });
}

function changeAtBegin(draft: Draft, cluster: ClusterState): Partial<ClusterState> {
  switch (nextKind(cluster)) {
    case "preview":
      return { phase: "previewing" };
    case "apply":
      return { begun: true, ...firstTouch(draft, cluster) };
    default:
      return {};
  }
}

function firstTouch(draft: Draft, cluster: ClusterState): Partial<ClusterState> {
  if (cluster.touched) return {};
  draft.touchedSoFar += 1;
  return { touched: true, touchedOrder: draft.touchedSoFar };
}

/** The cluster, if this is the action that it has under way. */
function subject(draft: Draft, event: Preflighted | Previewed | Applied | RolledBack): ClusterState | undefined {
  const cluster = draft.clusters.get(event.cluster);
  return cluster?.running === event.action ? cluster : undefined;
}

const next = (cluster: ClusterState) => ({
  step: cluster.step + 1,
  running: undefined,
  unreachable: 0,
  failure: undefined,
});

/** Whether the work was done; else the cluster has failed or is tried again. */
function succeeded<Value>(
  draft: Draft,
  cluster: ClusterState,
  step: FailedStep,
  result: Outcome<Value>,
): result is { readonly outcome: "ok" } & Value {
  if (result.outcome === "failed") fail(draft, cluster.name, step, result.failure);
  if (result.outcome === "unreachable") requeue(draft, cluster, result.failure);
  return result.outcome === "ok";
}

export function reducePreflighted(draft: Draft, event: Preflighted): void {
  const cluster = subject(draft, event);
  if (cluster === undefined) return;
  const { result } = event;
  const isFirst = draft.preflighting.delete(cluster.name);
  if (isFirst && result.outcome === "unreachable") {
    // It gets its turn like the others; until then nothing depends on it.
    update(draft, cluster.name, { ...next(cluster), failure: result.failure });
    return;
  }
  if (!succeeded(draft, cluster, "preflight", result)) return;
  const checks = result.checks.filter(({ severity }) => severity !== "ok");
  update(draft, cluster.name, { ...next(cluster), checks });
  const errors = checks.filter(({ severity }) => severity === "error");
  if (errors.length > 0) fail(draft, cluster.name, "preflight", preflightFailure(cluster.name, errors));
  else update(draft, cluster.name, { preflighted: true, ...(!isFirst && { phase: "previewing" }) });
}

function preflightFailure(cluster: string, errors: readonly Check[]) {
  const problems = errors.map(({ message }) => message).join("; ");
  const remedy = errors.map(({ fix }) => fix).join(" ");
  return failureOf(rolloutErrors.EDGE_ROLLOUT_PREFLIGHT({ cluster, problems, remedy }));
}

export function reducePreviewed(draft: Draft, event: Previewed): void {
  const cluster = subject(draft, event);
  if (cluster === undefined || !succeeded(draft, cluster, "preview", event.result)) return;
  const { changes, changeDigest, previous } = event.result;
  const planned = draft.run.plan.clusters[cluster.name]?.changeDigest;
  // An earlier attempt may have applied a part, so the rest of the change has another digest.
  if (planned !== undefined && planned !== changeDigest && !cluster.touched) {
    fail(draft, cluster.name, "preview", planChanged(cluster.name, planned, changeDigest));
    return;
  }
  const isSame = changes === 0 && !cluster.touched;
  const phase = isSame
    ? ({ phase: "verifying", begun: true, nextPollAt: draft.at } as const)
    : { phase: "applying" as const };
  update(draft, cluster.name, { ...next(cluster), previous: cluster.previous ?? previous, ...phase });
}

function planChanged(cluster: string, planned: string, found: string) {
  const details = { cluster, planned: planned.slice(0, 12), found: found.slice(0, 12) };
  return failureOf(rolloutErrors.EDGE_ROLLOUT_PLAN_CHANGED(details));
}

export function reduceApplied(draft: Draft, event: Applied): void {
  const cluster = subject(draft, event);
  if (cluster === undefined) return;
  if (draft.rollingBack) stop(draft, cluster.name);
  else if (draft.abortedBy !== undefined) fail(draft, cluster.name, "aborted", interrupted(draft, cluster));
  else if (succeeded(draft, cluster, "apply", event.result)) {
    update(draft, cluster.name, { ...next(cluster), phase: "verifying", nextPollAt: draft.at, unhealthyInARow: 0 });
  }
}

/** Why a cluster that was under way in an aborted run has failed. */
export function interrupted(draft: Draft, { name: cluster, phase }: ClusterState) {
  const by = draft.abortedBy ?? "";
  return failureOf(rolloutErrors.EDGE_ROLLOUT_INTERRUPTED({ cluster, phase, by }));
}

export function reduceRolledBack(draft: Draft, event: RolledBack): void {
  const cluster = subject(draft, event);
  if (cluster === undefined) return;
  const { name } = cluster;
  const { result } = event;
  if (succeeded(draft, cluster, "rollback", result)) {
    stop(draft, name);
    const clean = { touched: false, begun: false, touchedOrder: undefined, failedIn: undefined, failure: undefined };
    update(draft, name, { ...clean, phase: "rolledBack" });
  }
  if (result.outcome !== "unreachable") update(draft, name, { rollback: "settled" });
}

/** Longest description of problems; all of them are in the journal. */
const maxProblems = 1000;

export function reduceHealth(draft: Draft, event: HealthReported): void {
  const cluster = draft.clusters.get(event.cluster);
  if (cluster?.nextPollAt === undefined || nextActionId(cluster) !== event.action) return;
  const { result } = event;
  if (result.outcome === "failed") {
    fail(draft, cluster.name, cluster.phase === "baking" ? "bake" : "verify", result.failure);
    return;
  }
  if (result.outcome === "unreachable") {
    // A look needs no place, so nobody else has to wait for it.
    draft.active.delete(cluster.name);
    const unreachable = cluster.unreachable + 1;
    const nextPollAt = draft.at + requeueDelay(draft.run.requeue, unreachable);
    update(draft, cluster.name, { step: cluster.step + 1, unreachable, nextPollAt, failure: result.failure });
    return;
  }
  const checks = result.checks.filter(({ severity }) => severity !== "ok");
  update(draft, cluster.name, { step: cluster.step + 1, unreachable: 0, failure: undefined, checks });
  if (cluster.phase === "verifying") verified(draft, cluster, result);
  else baked(draft, cluster, result);
}

function verified(draft: Draft, cluster: ClusterState, { healthy }: HealthReport): void {
  const { intervalMs } = draft.run.health;
  if (!healthy) {
    update(draft, cluster.name, { nextPollAt: draft.at + intervalMs });
    return;
  }
  const wave = draft.run.plan.waves[cluster.wave];
  if (wave === undefined || wave.bakeMs === 0) {
    done(draft, cluster.name);
    return;
  }
  const bakeUntil = draft.at + wave.bakeMs;
  draft.active.delete(cluster.name);
  update(draft, cluster.name, {
    phase: "baking",
    bakeUntil,
    deadlineAt: bakeUntil + wave.progressDeadlineMs,
    nextPollAt: Math.min(draft.at + intervalMs, bakeUntil),
    unhealthyInARow: 0,
  });
}

function baked(draft: Draft, cluster: ClusterState, { healthy, checks }: HealthReport): void {
  const { intervalMs, failuresInARow } = draft.run.health;
  const { name, bakeUntil = 0 } = cluster;
  if (healthy && draft.at >= bakeUntil) {
    done(draft, name);
    return;
  }
  const unhealthyInARow = healthy ? 0 : cluster.unhealthyInARow + 1;
  if (unhealthyInARow >= failuresInARow) {
    const problems = describeProblems(checks);
    fail(draft, name, "bake", failureOf(rolloutErrors.EDGE_ROLLOUT_UNHEALTHY({ cluster: name, problems })));
    return;
  }
  const soon = draft.at + intervalMs;
  update(draft, name, { unhealthyInARow, nextPollAt: draft.at < bakeUntil ? Math.min(soon, bakeUntil) : soon });
}

function done(draft: Draft, name: string): void {
  stop(draft, name);
  update(draft, name, { phase: "done", failedIn: undefined });
}

/** What failed checks say, in one line. */
export function describeProblems(checks: HealthReport["checks"]): string {
  const problems = checks
    .filter(({ severity }) => severity === "error")
    .map(({ message, evidence }) => (evidence === "" ? message : `${message}: ${evidence}`));
  return problems.join("; ").slice(0, maxProblems) || "no check said why";
}
