/**
 * A rollout over 5 000 clusters that nobody can reach: its order, its limits and its memory. The driver, the store of events, the
 * journal and the sealed files are the real ones; the registry and the clusters answer at once, and an installation has three objects.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeArtifact } from "../../infra/gitops/index.ts";
import { createArtifacts, type DesiredObject } from "../../infra/rollout/drivers/artifacts.ts";
import { createGitopsDriver } from "../../infra/rollout/drivers/gitops/driver.ts";
import { keptTags } from "../../infra/rollout/drivers/gitops/kept.ts";
import { createSealedStore, readOrMakeKey } from "../../infra/rollout/drivers/sealed-store.ts";
import { parseFleet } from "../../infra/rollout/fleet/load-fleet.ts";
import { openJournalStore } from "../../infra/rollout/journal/journal-store.ts";
import { newRunId } from "../../infra/rollout/journal/run-id.ts";
import { PlanBuilder, runOf } from "../../infra/rollout/plan/plan-builder.ts";
import { openEventStore } from "../../infra/rollout/receive/event-store.ts";
import { execute } from "../../infra/rollout/run/executor.ts";
import { mapConcurrently } from "../../runtime/base/index.ts";
import { ApplyWatch } from "./rollout/apply-watch.ts";
import { fleetFile } from "./rollout/fleet.ts";
import { instantPorts } from "./rollout/instant-ports.ts";
import { ReportingRegistry } from "./rollout/reporting-registry.ts";

const clusters = 5_000;
const concurrency = 50;
const limits = { megabytes: 300, minutes: 4 };
const pins = { git: { revision: "0".repeat(40), dirty: false }, configHash: "0".repeat(64), images: {} };

const directory = await mkdtemp(join(tmpdir(), "edge-benchmark-"));
try {
  const begun = performance.now();
  const text = fleetFile(clusters).replaceAll("labels:", "engine: gitops, labels:");
  const fleet = parseFleet(
    `${text}\ngitops: { artifact: "oci://r.example.com/fleet/{cluster}:stable" }\n`,
    "fleet.yaml",
  );
  const id = newRunId(Date.now(), 1);
  const store = createSealedStore(join(directory, id), await readOrMakeKey(join(directory, "key")));
  const events = openEventStore(join(directory, "events"));
  const registry = new ReportingRegistry(events, Date.now);
  const driver = createGitopsDriver({
    desired: async ({ name }) => objectsOf(name),
    artifact: async (_, desired) =>
      makeArtifact([{ name: "a.yaml", content: JSON.stringify(desired) }], { rollout: id }),
    kept: keptTags(store, createArtifacts(store)),
    tags: registry,
    events,
    now: Date.now,
  });
  const { signal } = new AbortController();
  const builder = new PlanBuilder(fleet);
  await mapConcurrently(builder.clusters, async (cluster) => {
    const planned = await driver.plan(cluster, signal);
    builder.add(cluster.name, planned.desiredDigest ?? "", planned);
  });
  const plan = builder.build();
  const journals = openJournalStore(directory);
  await using journal = await journals.create(runOf(id, fleet, pins, plan, "benchmark"));
  const watch = new ApplyWatch(new Map(plan.waves.flatMap(({ name, clusters }) => clusters.map((one) => [one, name]))));
  const ports = { ...instantPorts(() => ""), driver: watch.over(driver) };
  const outcome = await execute(journal, ports, { by: "benchmark", host: "here", pid: process.pid }, signal);
  const seconds = (performance.now() - begun) / 1000;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const waves = plan.waves.map(({ name }) => name);
  const inOrder = watch.order.join() === waves.join();
  const result = { clusters, outcome, moved: registry.moved, atOnce: watch.most, inOrder, seconds, megabytes };
  const isRight =
    outcome === "complete" &&
    registry.moved === clusters &&
    inOrder &&
    watch.most <= concurrency &&
    megabytes <= limits.megabytes;
  process.stdout.write(
    process.argv.includes("--json")
      ? `${JSON.stringify({ results: [{ ...result, limits }] }, null, 2)}\n`
      : `rollout by tags over ${clusters} clusters: ${outcome}, ${result.moved} tags moved, waves ${inOrder ? "in order" : "out of order"}, ` +
          `${watch.most} at once (limit ${concurrency}), ${seconds.toFixed(0)} s, ${megabytes} MB at most (limit ${limits.megabytes} MB)\n`,
  );
  if (!isRight) process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true });
}

/** Ten kinds of clusters, as in a fleet whose installations differ little. */
function objectsOf(name: string): readonly DesiredObject[] {
  const data = { kind: name.at(-1) ?? "" };
  return ["iotedged", "edgeagent", "policy"].map((of) => ({
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: of, namespace: "edge-a" }, data },
    secrets: [],
  }));
}
