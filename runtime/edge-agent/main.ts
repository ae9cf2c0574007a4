import { join } from "node:path";
import type { Registry } from "prom-client";
import { systemClock } from "#base";
import {
  AgentSettingsSchema,
  dataKeys,
  fieldManagers,
  IotedgedSettingsSchema,
  mountPaths,
  type ProvisioningSettings,
  ports,
} from "#contract";
import { openLink } from "#iot-hub";
import {
  createApiClient,
  createEventRecorder,
  createHealth,
  createLogger,
  createObjectStore,
  electByLease,
  type Logger,
  loadKubeConfig,
  onTermination,
  parseSettings,
  readBounded,
  requireEnvironment,
  requireNode,
  startObservabilityServer,
  version,
  watchFiles,
} from "#shared";
import { createEdgeAgent } from "./edge-agent.ts";
import { readHubIdentity } from "./hub/hub-identity.ts";
import { createHubMetrics } from "./hub/hub-metrics.ts";
import type { HubAccess } from "./hub/hub-module.ts";
import { readHubRecord } from "./hub/hub-record.ts";
import { createModuleApi } from "./hub/methods/module-api.ts";
import { createInformers } from "./informers.ts";
import { createMetrics } from "./metrics.ts";
import { permissionsCondition, requirePermissions } from "./permissions.ts";
import { readPlatform } from "./status/platform.ts";
import { watchesCondition } from "./watch-freshness.ts";

const defaultManagementUri = `http://localhost:${ports.management}/`;
const defaultWorkloadUri = `http://localhost:${ports.workload}/`;

/** Wires EdgeAgent to its pod: files, environment, API server, probes, signals. */
async function main(logger: Logger): Promise<void> {
  requireNode();
  const identity = await readIdentity();
  const settings = await watchSettings(logger);
  logger.level = settings.current.logLevel;
  // What is watched and may be written is settled at the start: iotedged starts EdgeAgent anew when the settings change.
  const features = settings.current;
  const podName = requireEnvironment(process.env, "POD_NAME");
  const managementUri = process.env.IOTEDGE_MANAGEMENTURI ?? defaultManagementUri;
  const { installation, provisioning } = identity;
  const { namespace } = installation;

  const metrics = createMetrics({ processMetrics: true });
  const health = createHealth([permissionsCondition, watchesCondition]);
  const server = await startObservabilityServer({ port: ports.observability, health, registry: metrics.registry });

  const client = createApiClient({ kubeConfig: loadKubeConfig() });
  const store = createObjectStore({ client, namespace, fieldManager: fieldManagers.edgeAgent });
  const common = { clock: systemClock, random: Math.random, logger };
  const agent = createEdgeAgent({
    ...common,
    runtimeVersion: version,
    identity,
    settings: () => settings.current,
    informers: createInformers({
      ...common,
      client,
      installation,
      modules: features.modules,
      connected: provisioning !== undefined,
    }),
    store,
    events: createEventRecorder({
      store,
      controller: "iotedge.dev/edgeagent",
      instance: podName,
      clock: systemClock,
      log: logger,
    }),
    requirePermissions: () =>
      requirePermissions(client, namespace, { ...features, connected: provisioning !== undefined }),
    // A replica alone needs no election: its Deployment starts another only when it is gone.
    ...(features.replicas > 1 && {
      joinElection: electByLease({ ...common, client, installation, daemon: "edgeagent", podName }),
    }),
    readPlatform: () => readPlatform(managementUri),
    ...(provisioning && { hub: hubAccess(managementUri, provisioning, metrics.registry) }),
    health,
    metrics,
  });
  settings.onChange((current) => {
    logger.level = current.logLevel;
    agent.settingsChanged();
  });
  onTermination(logger, async () => {
    settings.stop();
    await agent.stop();
    await Promise.all([client.close(), server.close()]);
  });
  // It was stopped meanwhile, and what stopped it also ends the process.
  if (!(await agent.start())) return;
  logger.info({ version, namespace, installation: installation.name }, "EdgeAgent watches its namespace");
}

/** How a connected EdgeAgent gets into IoT Hub: by what iotedged knows and signs. */
function hubAccess(managementUri: string, provisioning: ProvisioningSettings, registry: Registry): HubAccess {
  const { trustedCas = [], upstreamProtocol, proxy } = provisioning;
  const workloadUri = process.env.IOTEDGE_WORKLOADURI ?? defaultWorkloadUri;
  const generationId = requireEnvironment(process.env, "IOTEDGE_MODULEGENERATIONID");
  return {
    identify: () => readHubIdentity({ managementUri, workloadUri, generationId }),
    open: openLink,
    record: () => readHubRecord(managementUri),
    identities: async () => (await readHubRecord(managementUri)).identities,
    target: { trustedCas, webSocket: upstreamProtocol === "MqttWs", proxy },
    modules: createModuleApi(managementUri),
    metrics: createHubMetrics(registry),
  };
}

async function readIdentity() {
  const path = join(mountPaths.iotedgedConfig, dataKeys.iotedgedConfig);
  return parseSettings(IotedgedSettingsSchema, path, await readBounded(path));
}

function watchSettings(logger: Logger) {
  const path = join(mountPaths.agentConfig, dataKeys.agentConfig);
  return watchFiles({
    paths: [path],
    load: ([text = ""]) => parseSettings(AgentSettingsSchema, path, text),
    clock: systemClock,
    onReload: (error) => {
      if (error === undefined) logger.info({ path }, "settings read again");
      else logger.error({ path, error }, "new settings are not usable, the old ones stay in force");
    },
  });
}

const logger = createLogger({ component: "edge-agent", level: "info" });
main(logger).catch((error: unknown) => {
  logger.fatal({ error }, "EdgeAgent cannot start");
  process.exit(1);
});
