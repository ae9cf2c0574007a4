/** EdgeAgent in a process of its own, over a namespace in memory; tells of each manifest how long it blocked the loop. */
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { digestOfManifest, objectNames } from "#contract";
import { systemClock } from "../../../runtime/base/clock.ts";
import { createEdgeAgent } from "../../../runtime/edge-agent/edge-agent.ts";
import { createMetrics } from "../../../runtime/edge-agent/metrics.ts";
import { permissionsCondition } from "../../../runtime/edge-agent/permissions.ts";
import { watchesCondition } from "../../../runtime/edge-agent/watch-freshness.ts";
import { createEventRecorder } from "../../../runtime/shared/event-recorder.ts";
import { createHealth } from "../../../runtime/shared/health.ts";
import { createLogger } from "../../../runtime/shared/logger.ts";
import { agentSettings, iotedgedSettings } from "../../fakes/settings.ts";
import { permissive } from "../../fixtures/hostile/manifests.ts";
import { createMemoryCluster } from "./memory-cluster.ts";

/** What the parent is told of a manifest. */
export interface Told {
  readonly verdict: string;
  /** Longest turn of the event loop, in milliseconds that this thread had the processor, and in all. */
  readonly cpu: number;
  readonly wall: number;
}

const { store, informers, put, status } = createMemoryCluster();
const logger = createLogger({ component: "edge-agent", level: "info" });
const agent = createEdgeAgent({
  runtimeVersion: "0.0.0",
  identity: iotedgedSettings,
  settings: () => ({ ...agentSettings, modules: permissive }),
  informers,
  store,
  events: createEventRecorder({ store, controller: "bench", instance: "bench", clock: systemClock, log: logger }),
  requirePermissions: async () => {},
  readPlatform: async () => ({ os: "Kubernetes", architecture: "benchmark" }),
  health: createHealth([permissionsCondition, watchesCondition]),
  metrics: createMetrics(),
  clock: systemClock,
  random: Math.random,
  logger,
});
put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: objectNames.iotedged } });
await agent.start();

/** Longest turns since the manifest came. */
let longest = { cpu: 0, wall: 0 };
let last = now();

function now() {
  const { user, system } = process.threadCpuUsage();
  return { cpu: (user + system) / 1000, wall: performance.now() };
}

async function watchTurns(): Promise<never> {
  for (;;) {
    await nextTurn();
    const next = now();
    longest = {
      cpu: Math.max(longest.cpu, next.cpu - last.cpu),
      wall: Math.max(longest.wall, next.wall - last.wall),
    };
    last = next;
  }
}

/** The status is written last, once all is done. */
async function takeIn(event: string, digest: string): Promise<Told> {
  put(JSON.parse(event));
  for (;;) {
    await nextTurn();
    const text = status();
    if (text?.includes(digest) !== true) continue;
    const found = { ...longest };
    const { code } = JSON.parse(text).lastDesiredStatus;
    return { verdict: code === 200 ? "accepted" : `refused with ${code}`, ...found };
  }
}

void watchTurns();
process.on("message", async ({ event, text }: { event: string; text: string }) => {
  const digest = digestOfManifest(text);
  await nextTurn();
  longest = { cpu: 0, wall: 0 };
  process.send?.(await takeIn(event, digest));
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
