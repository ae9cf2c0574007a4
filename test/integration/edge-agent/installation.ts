import { randomBytes } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import { inject } from "vitest";
import {
  type AgentSettings,
  componentLabels,
  dataKeys,
  defaultModuleSettings,
  edgeAgentRulesOf,
  fieldManagers,
  type IotedgedSettings,
  type ModuleSettings,
  objectNames,
  type PolicyRule,
} from "#contract";
import { systemClock } from "../../../runtime/base/clock.ts";
import type { ObjectStore } from "../../../runtime/base/kubernetes-objects.ts";
import { createEdgeAgent, type EdgeAgent } from "../../../runtime/edge-agent/edge-agent.ts";
import { accessTo } from "../../../runtime/edge-agent/hub/test/hub-access.ts";
import { createInformers } from "../../../runtime/edge-agent/informers.ts";
import { createMetrics, type Metrics } from "../../../runtime/edge-agent/metrics.ts";
import { permissionsCondition, requirePermissions } from "../../../runtime/edge-agent/permissions.ts";
import { watchesCondition } from "../../../runtime/edge-agent/watch-freshness.ts";
import { createEventRecorder } from "../../../runtime/shared/event-recorder.ts";
import { createHealth, type Health } from "../../../runtime/shared/health.ts";
import { type ApiClient, createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import {
  type ConfigMap,
  configMaps,
  namespacedPath,
  serviceAccounts,
} from "../../../runtime/shared/kubernetes/kinds.ts";
import { createObjectStore } from "../../../runtime/shared/kubernetes/object-store.ts";
import { electByLease } from "../../../runtime/shared/leader-election/leadership.ts";
import { createLogger } from "../../../runtime/shared/logger.ts";
import { iotedgedSettings } from "../../fakes/settings.ts";
import { patchBy } from "../../support/merge-patch.ts";
import { waitFor } from "../../support/wait-for.ts";

const unlimited = { image: "registry.example.com/any:1", imagePullPolicy: "IfNotPresent", resources: {} } as const;

/** What the API server refuses pods by: the strictest Pod Security Standard, unless a test wants more. */
const levelLabel = "pod-security.kubernetes.io/enforce";

/** A fake hub, and whose `$edgeAgent` connects to it. */
export type HubAt = Omit<Parameters<typeof accessTo>[0], "registry">;

/** EdgeAgent in this process. */
export interface RunningAgent {
  readonly agent: EdgeAgent;
  readonly health: Health;
  readonly log: string[];
  readonly metrics: Metrics;
  /** Whether it is the one replica that writes. */
  leads(): Promise<boolean>;
  stop(): Promise<void>;
}

/** An installation in a namespace of its own, as the Pulumi program would declare it, without pods. */
export interface Installation {
  readonly namespace: string;
  /** URL of the API server. */
  readonly server: string;
  /** The namespace's objects with an administrator's rights. */
  readonly admin: ObjectStore;
  readonly settings: AgentSettings;
  /** Any call of the API server with an administrator's rights; a patch is a merge patch. */
  call(verb: string, path: string, body: object): Promise<unknown>;
  /** A client with the rights of ServiceAccount `edgeagent`. */
  agentClient(): Promise<ApiClient>;
  setManifest(manifest: unknown): Promise<void>;
  /** What EdgeAgent reports, once `accept` says yes. */
  // biome-ignore lint/suspicious/noExplicitAny: the reported properties are an open document
  reported(accept: (status: any) => boolean): Promise<any>;
  /**
   * Starts EdgeAgent with the rights of ServiceAccount `edgeagent` and nothing else.
   *
   * @param options.server another way to the API server
   * @param options.modules what the installation lets its modules have from now on, its Role included
   * @param options.hub to which the installation is connected; without it, it stands alone
   */
  startAgent(options?: {
    readonly server?: string;
    readonly modules?: ModuleSettings;
    readonly hub?: HubAt;
  }): Promise<RunningAgent>;
  remove(): Promise<void>;
}

/**
 * @param manifest the first deployment manifest
 * @param options.modules what the installation lets its modules have
 */
export async function createInstallation(
  manifest: unknown,
  options: { modules?: ModuleSettings; level?: string; replicas?: number; kubeconfig?: string } = {},
): Promise<Installation> {
  const { modules = defaultModuleSettings, level = "restricted", replicas = 1 } = options;
  const namespace = `edge-agent-${randomBytes(4).toString("hex")}`;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(options.kubeconfig ?? inject("kubeconfig"));
  const client = createApiClient({ kubeConfig });
  await client.call({
    verb: "create",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: { [levelLabel]: level } } },
  });
  const admin = createObjectStore({ client, namespace, fieldManager: "test" });
  await declare(admin, client, namespace, edgeAgentRulesOf(modules, replicas));
  const settings: AgentSettings = {
    enabled: true,
    replicas,
    edgeAgent: unlimited,
    // Quantities that the API server spells in another way.
    proxy: { ...unlimited, resources: { requests: { cpu: "0.005" }, limits: { memory: "1024Ki" } } },
    imagePullSecrets: [],
    modules,
    logLevel: "info",
  };
  const setManifest = async (value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    await admin.apply(manifestObject(text));
  };
  await setManifest(manifest);

  return {
    namespace,
    server: kubeConfig.getCurrentCluster()?.server ?? "",
    admin,
    settings,
    call: (verb, path, body) =>
      client.call({ verb, path, body, ...(verb === "patch" && { contentType: "application/merge-patch+json" }) }),
    agentClient: () => agentClient(client, kubeConfig, namespace),
    setManifest,
    reported: (accept) =>
      waitFor("the status", async () => {
        const found = await admin.get(configMaps, objectNames.status);
        const status = JSON.parse(found?.data?.[dataKeys.status] ?? "{}");
        return accept(status) ? status : undefined;
      }),
    startAgent: async ({ server, modules: other, hub } = {}) => {
      const rules = edgeAgentRulesOf(other ?? modules, replicas, hub !== undefined);
      if (other !== undefined || hub !== undefined) await setRules(client, namespace, rules);
      const own = { ...settings, modules: other ?? modules };
      const agent = await agentClient(client, kubeConfig, namespace, server);
      return startAgent({ client: agent, namespace, settings: own, ...(hub === undefined ? {} : { hub }) });
    },
    remove: async () => {
      await client.call({ verb: "delete", path: `/api/v1/namespaces/${namespace}` });
      await client.close();
    },
  };
}

function manifestObject(text: string): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: objectNames.deployment },
    data: { [dataKeys.deployment]: text },
  };
}

async function declare(
  admin: ObjectStore,
  client: ApiClient,
  namespace: string,
  rules: readonly PolicyRule[],
): Promise<void> {
  for (const name of [objectNames.iotedged, objectNames.edgeAgent]) {
    const labels = componentLabels(name, namespace);
    await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, labels } });
  }
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: objectNames.edgeAgent } };
  const path = `/apis/${rbac.apiVersion}/namespaces/${namespace}`;
  await client.call({ verb: "create", path: `${path}/roles`, body: { ...rbac, kind: "Role", rules } });
  await client.call({
    verb: "create",
    path: `${path}/rolebindings`,
    body: {
      ...rbac,
      kind: "RoleBinding",
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: objectNames.edgeAgent },
      subjects: [{ kind: "ServiceAccount", name: objectNames.edgeAgent, namespace }],
    },
  });
}

async function setRules(client: ApiClient, namespace: string, rules: readonly PolicyRule[]): Promise<void> {
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles/${objectNames.edgeAgent}`;
  await patchBy(client, path, { rules });
}

/** A client with a token of ServiceAccount `edgeagent`. */
async function agentClient(
  admin: ApiClient,
  kubeConfig: KubeConfig,
  namespace: string,
  server?: string,
): Promise<ApiClient> {
  const answer = await admin.call<{ status: { token: string } }>({
    verb: "create",
    path: `${namespacedPath(serviceAccounts, namespace, objectNames.edgeAgent)}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new Error("the kubeconfig has no current cluster");
  const own = new KubeConfig();
  own.loadFromClusterAndUser(server === undefined ? cluster : { ...cluster, server }, {
    name: "edgeagent",
    token: answer.status.token,
  });
  return createApiClient({ kubeConfig: own });
}

/** Starts EdgeAgent in this process, for an installation that is named like its namespace. */
export async function startAgent(options: {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly settings: AgentSettings;
  readonly hub?: HubAt;
}): Promise<RunningAgent> {
  const { client, namespace, settings, hub } = options;
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const logger = createLogger({ component: "edge-agent", level: "info", destination });
  const health = createHealth([permissionsCondition, watchesCondition]);
  const metrics = createMetrics();
  const store = createObjectStore({ client, namespace, fieldManager: fieldManagers.edgeAgent });
  const common = { clock: systemClock, random: Math.random, logger };
  const installation = { name: namespace, namespace };
  const agent = createEdgeAgent({
    ...common,
    runtimeVersion: "0.0.0",
    identity: identityOf(namespace, hub),
    settings: () => settings,
    informers: createInformers({
      ...{ ...common, client, installation, modules: settings.modules, connected: hub !== undefined },
    }),
    ...(hub && { hub: accessTo({ ...hub, registry: metrics.registry }) }),
    store,
    events: createEventRecorder({ store, controller: "test", instance: "test", clock: systemClock, log: logger }),
    requirePermissions: () => requirePermissions(client, namespace, { ...settings, connected: hub !== undefined }),
    readPlatform: async () => ({ os: "Kubernetes", architecture: "test" }),
    ...(settings.replicas > 1 && {
      joinElection: electByLease({ ...common, client, installation, daemon: "edgeagent", podName: "test" }),
    }),
    health,
    metrics,
  });
  await agent.start();
  const stop = async () => {
    await agent.stop();
    await client.close();
  };
  const leads = async () => (await metrics.leader.get()).values.some(({ value }) => value === 1);
  return { agent, health, log, metrics, leads, stop };
}

function identityOf(namespace: string, hub: HubAt | undefined): IotedgedSettings {
  const place = hub && { hubHostname: hub.fake.hub.hostName, deviceId: hub.deviceId };
  return { ...iotedgedSettings, ...place, installation: { name: namespace, namespace }, nodeObserver: false };
}
