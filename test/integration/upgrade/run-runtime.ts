/**
 * iotedged and EdgeAgent of any version in a process of their own: `node run-runtime.ts OPTIONS`, a JSON of
 * RuntimeOptions. Prints where iotedged's workload API listens, and ends by SIGTERM.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { KubeConfig } from "@kubernetes/client-node";
import type { RuntimeOptions } from "./runtime.ts";

const options: RuntimeOptions = JSON.parse(process.argv[2] ?? "{}");
const load = (...files: readonly string[]) => {
  const file = files.map((path) => join(options.checkout, path)).find(existsSync);
  if (file === undefined) throw new Error(`there is none of ${files.join(", ")} in ${options.checkout}`);
  // biome-ignore lint/suspicious/noExplicitAny: of a version that this one has no types of
  return import(pathToFileURL(file).href) as Promise<any>;
};

const { systemClock } = await load("runtime/base/clock.ts", "runtime/shared/clock.ts");
const { createLogger } = await load("runtime/shared/logger.ts");
const { startDaemon } = await load("runtime/iotedged/daemon.ts");
const { createEdgeAgent } = await load("runtime/edge-agent/edge-agent.ts");
const { createInformers } = await load("runtime/edge-agent/informers.ts");
const { createMetrics } = await load("runtime/edge-agent/metrics.ts");
const { permissionsCondition, requirePermissions } = await load("runtime/edge-agent/permissions.ts");
const { watchesCondition } = await load("runtime/edge-agent/watch-freshness.ts");
const { createEventRecorder } = await load("runtime/shared/event-recorder.ts");
const { createHealth } = await load("runtime/shared/health.ts");
const { createApiClient } = await load("runtime/shared/kubernetes/api-client.ts");
const { createObjectStore } = await load("runtime/shared/kubernetes/object-store.ts");

const read = async (path: string) => JSON.parse(await readFile(join(options.root, path), "utf8"));
const kubeConfigOf = (file: string) => {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
};
const destination = { write: (line: string) => void process.stderr.write(line) };
const logger = createLogger({ component: "upgrade", level: "info", destination });
const common = { clock: systemClock, random: Math.random, logger };
const identity = await read("etc/iotedge/iotedged/config.json");
const settings = await read("etc/iotedge/agent/settings.json");
const { installation } = identity;

const daemon = await startDaemon({
  root: options.root,
  podName: options.podName,
  host: "127.0.0.1",
  ports: { management: 0, workload: 0, observability: 0 },
  kubeConfig: kubeConfigOf(options.kubeconfigs.iotedged),
  clock: systemClock,
  random: Math.random,
  drainTime: 0,
  memoryLimit: 256 * 1024 ** 2,
  processMetrics: false,
  log: logger,
});
const client = createApiClient({ kubeConfig: kubeConfigOf(options.kubeconfigs.edgeagent) });
const store = createObjectStore({ client, namespace: installation.namespace, fieldManager: "edgeagent" });
const agent = createEdgeAgent({
  ...common,
  runtimeVersion: options.version,
  identity,
  settings: () => settings,
  informers: createInformers({ ...common, client, installation, modules: settings.modules }),
  store,
  events: createEventRecorder({ store, controller: "test", instance: "test", clock: systemClock, log: logger }),
  requirePermissions: () => requirePermissions(client, installation.namespace, settings),
  readPlatform: async () => ({ os: "Kubernetes", architecture: "test" }),
  health: createHealth([permissionsCondition, watchesCondition]),
  metrics: createMetrics(),
});
await agent.start();
process.once("SIGTERM", async () => {
  await agent.stop();
  await daemon.stop();
  await client.close();
  process.exit(0);
});
process.stdout.write(`${JSON.stringify(daemon.ports)}\n`);
