/**
 * Cost of a rollout over 1 000 clusters: planning it, and carrying it out with a journal on disk while the clusters
 * themselves take no time. Each cluster has an installation in a namespace of its own, whose permissions change.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFleet } from "../../infra/rollout/fleet/load-fleet.ts";
import { openJournalStore } from "../../infra/rollout/journal/journal-store.ts";
import { newRunId } from "../../infra/rollout/journal/run-id.ts";
import type { Fleet, RolloutPlan } from "../../infra/rollout/model/index.ts";
import { PlanBuilder, runOf } from "../../infra/rollout/plan/plan-builder.ts";
import { execute } from "../../infra/rollout/run/executor.ts";
import { Scheduler } from "../../infra/rollout/scheduler/scheduler.ts";
import { changeOf, fleetFile } from "./rollout/fleet.ts";
import { instantPorts } from "./rollout/instant-ports.ts";

const pins = { git: { revision: "0".repeat(40), dirty: false }, configHash: "0".repeat(64), images: {} };

const clusters = 1_000;
const limits = { planSeconds: 10, overheadMilliseconds: 5, megabytes: 300 };

const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  const planning = performance.now();
  const fleet = parseFleet(fleetFile(clusters), "fleet.yaml");
  const plan = planOf(fleet);
  const planSeconds = (performance.now() - planning) / 1000;

  const store = openJournalStore(directory);
  const run = runOf(newRunId(Date.now(), 1), fleet, pins, plan, "benchmark");
  await using journal = await store.create(run);
  const ports = instantPorts((name) => plan.clusters[name]?.changeDigest ?? "");
  const operator = { by: "benchmark", host: "here", pid: process.pid };
  const executing = performance.now();
  const outcome = await execute(journal, ports, operator, new AbortController().signal);
  const overheadMilliseconds = (performance.now() - executing) / clusters;
  if (outcome !== "complete") throw new Error(`the rollout ended as ${outcome}`);

  const replaying = performance.now();
  const { events } = await store.read(run.id);
  const replayed = new Scheduler(run, events).state.outcome;
  const replaySeconds = (performance.now() - replaying) / 1000;
  if (replayed !== "complete") throw new Error(`the journal ends as ${replayed}`);

  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  report({ clusters, planSeconds, overheadMilliseconds, replaySeconds, events: events.length, megabytes });
} finally {
  await rm(directory, { recursive: true });
}

function planOf(fleet: Fleet): RolloutPlan {
  const builder = new PlanBuilder(fleet);
  for (const [index, { name }] of builder.clusters.entries()) {
    builder.add(name, String(index), { outcome: "ok", ...changeOf(index) });
  }
  return builder.build();
}

interface Result {
  readonly clusters: number;
  readonly planSeconds: number;
  readonly overheadMilliseconds: number;
  readonly replaySeconds: number;
  readonly events: number;
  readonly megabytes: number;
}

function report(result: Result): void {
  const { planSeconds, overheadMilliseconds, replaySeconds, events, megabytes } = result;
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify({ results: [{ ...result, limits }] }, null, 2)}\n`
      : `rollout over ${clusters} clusters: planned in ${planSeconds.toFixed(2)} s (limit ${limits.planSeconds} s), ` +
          `${overheadMilliseconds.toFixed(2)} ms of overhead a cluster (limit ${limits.overheadMilliseconds} ms), ` +
          `${events} events read back in ${replaySeconds.toFixed(2)} s, ` +
          `${megabytes} MB at most (limit ${limits.megabytes} MB)\n`,
  );
  const isWithin =
    planSeconds <= limits.planSeconds &&
    overheadMilliseconds <= limits.overheadMilliseconds &&
    megabytes <= limits.megabytes;
  if (!isWithin) process.exitCode = 1;
}
