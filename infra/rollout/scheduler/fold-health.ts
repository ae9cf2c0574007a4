import { rolloutErrors } from "../errors.ts";
import type { HealthReported } from "../model/event.ts";
import type { HealthReport } from "../model/outcome.ts";
import type { ClusterState } from "../model/state.ts";
import { type Draft, stop, update } from "./draft.ts";
import { fail, failureOf } from "./fail.ts";
import { nextActionId, requeueDelay } from "./steps.ts";

/** Longest description of problems; all of them are in the journal. */
const maxProblems = 1000;

export function foldHealth(draft: Draft, event: HealthReported): void {
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
