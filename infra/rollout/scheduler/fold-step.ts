import { rolloutErrors } from "../errors.ts";
import type { Check } from "../model/check.ts";
import type { Applied, Preflighted, Previewed, RolledBack } from "../model/event.ts";
import type { Outcome } from "../model/outcome.ts";
import type { ClusterState, FailedStep } from "../model/state.ts";
import { type Draft, stop, update } from "./draft.ts";
import { fail, failureOf } from "./fail.ts";
import { requeue } from "./requeue.ts";

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

export function foldPreflighted(draft: Draft, event: Preflighted): void {
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

export function foldPreviewed(draft: Draft, event: Previewed): void {
  const cluster = subject(draft, event);
  if (cluster === undefined || !succeeded(draft, cluster, "preview", event.result)) return;
  const { changes, changeDigest, previous } = event.result;
  const planned = draft.run.plan.clusters[cluster.name]?.changeDigest;
  // What an earlier attempt has begun makes the rest of the change another one.
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

export function foldApplied(draft: Draft, event: Applied): void {
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

export function foldRolledBack(draft: Draft, event: RolledBack): void {
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
