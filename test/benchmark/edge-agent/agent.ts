/**
 * EdgeAgent as a process of its own, of the installation and the namespace that its first argument names. The second one, if
 * there is one, is the fake hub that it is connected to.
 */
import { type AgentSettings, fieldManagers } from "#contract";
import { systemClock } from "../../../runtime/base/clock.ts";
import { createEdgeAgent } from "../../../runtime/edge-agent/edge-agent.ts";
import { accessTo } from "../../../runtime/edge-agent/hub/test/hub-access.ts";
import { createInformers } from "../../../runtime/edge-agent/informers.ts";
import { createMetrics } from "../../../runtime/edge-agent/metrics.ts";
import { permissionsCondition, requirePermissions } from "../../../runtime/edge-agent/permissions.ts";
import { watchesCondition } from "../../../runtime/edge-agent/watch-freshness.ts";
import { createEventRecorder } from "../../../runtime/shared/event-recorder.ts";
import { createHealth } from "../../../runtime/shared/health.ts";
import { createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { loadKubeConfig } from "../../../runtime/shared/kubernetes/kube-config.ts";
import { createObjectStore } from "../../../runtime/shared/kubernetes/object-store.ts";
import { createLogger } from "../../../runtime/shared/logger.ts";
import { startObservabilityServer } from "../../../runtime/shared/observability-server.ts";
import { agentSettings, iotedgedSettings } from "../../fakes/settings.ts";
import type { HubAt } from "./agent-process.ts";

const [, , namespace = "", hubText] = process.argv;
const hub: HubAt | undefined = hubText === undefined ? undefined : JSON.parse(hubText);
const installation = { name: namespace, namespace };
const place = hub && { hubHostname: hub.fake.hub.hostName, deviceId: hub.deviceId };
const settings: AgentSettings = { ...agentSettings, logLevel: "info" };

const logger = createLogger({ component: "edge-agent", level: "info" });
const client = createApiClient({ kubeConfig: loadKubeConfig() });
const store = createObjectStore({ client, namespace, fieldManager: fieldManagers.edgeAgent });
const health = createHealth([permissionsCondition, watchesCondition]);
const metrics = createMetrics({ processMetrics: true });
const server = await startObservabilityServer({ port: 0, host: "127.0.0.1", health, registry: metrics.registry });
const common = { clock: systemClock, random: Math.random, logger };
const agent = createEdgeAgent({
  ...common,
  runtimeVersion: "0.0.0",
  identity: { ...iotedgedSettings, ...place, installation, nodeObserver: false },
  settings: () => settings,
  informers: createInformers({
    ...{ ...common, client, installation, modules: settings.modules, connected: hub !== undefined },
  }),
  store,
  events: createEventRecorder({ store, controller: "bench", instance: "bench", clock: systemClock, log: logger }),
  requirePermissions: () => requirePermissions(client, namespace, { ...settings, connected: hub !== undefined }),
  readPlatform: async () => ({ os: "Kubernetes", architecture: "benchmark" }),
  ...(hub && { hub: accessTo({ ...hub, registry: metrics.registry }) }),
  health,
  metrics,
});
process.send?.({ port: server.port });
await agent.start();
