import { dataKeys, objectNames } from "#contract";
import { core, remove, type Situation as SituationOf } from "../../support/broken-installation/index.ts";
import type { TestInstallation } from "./installation.ts";

type Situation = SituationOf<TestInstallation>;

const since = "2026-01-01T00:00:00.000Z";
const identity = (moduleId: string, state = "ready") => ({ moduleId, generationId: "g", state });
const goodRecord = {
  ...{ hubHostname: "hub.test", deviceId: "line-1", state: "connected", since },
  identities: [identity("$edgeAgent"), identity("sensor")],
};
const goodTwin = { state: "connected", since, desiredVersion: 7, reportedVersion: 7 };

/** Makes the installation a connected one, as a deployment would, and says in the daemons' places how they fare. */
export async function connectToHub(
  it: TestInstallation,
  {
    record = {},
    twin = {},
    status = {},
    provisioning = {},
  }: {
    readonly record?: object;
    readonly twin?: object;
    readonly status?: object;
    readonly provisioning?: object;
  } = {},
): Promise<void> {
  const settings = JSON.parse(await it.configMap(objectNames.iotedgedConfig, dataKeys.iotedgedConfig));
  const connection = { provisioning: { source: "manual", ...provisioning } };
  const connected = { ...settings, hubHostname: "hub.test", deviceId: "line-1", ...connection };
  const data = { [dataKeys.iotedgedConfig]: JSON.stringify(connected) };
  await it.patch(core(it, "configmaps", objectNames.iotedgedConfig), { data });
  const metadata = { name: objectNames.trustRecord, namespace: it.namespace };
  const hub = { [dataKeys.hubRecord]: JSON.stringify({ ...goodRecord, ...record }) };
  await it.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: hub });
  for (const [name, port] of [
    ["iotedged", 443],
    ["edgeagent", 8883],
  ] as const)
    await it.patch(`/apis/networking.k8s.io/v1/namespaces/${it.namespace}/networkpolicies/${name}`, {
      spec: { egress: [...(await egressOf(it, name)), { ports: [{ protocol: "TCP", port }] }] },
    });
  await it.report(
    await it.configMap(objectNames.deployment, dataKeys.deployment),
    JSON.parse(await it.configMap(objectNames.agentConfig, dataKeys.agentConfig)),
    { hub: { ...goodTwin, ...twin }, ...status },
  );
}

async function egressOf(it: TestInstallation, name: string): Promise<readonly object[]> {
  return (await it.get("networking.k8s.io/v1", "NetworkPolicy", name)).spec?.egress ?? [];
}

export const disconnectFromHub = (it: TestInstallation) => remove(it, "v1", "ConfigMap", objectNames.trustRecord);

const problem = (code: string, message = "no") => ({ state: "failed", problem: { code, message } });
const lost = (code: string, message = "no") => ({ state: "disconnected", problem: { code, message } });

const planted: readonly Situation[] = [
  {
    name: "the Secret has no connection string of a device",
    plant: (it) =>
      connectToHub(it, {
        record: problem("EDGE_HUB_CREDENTIAL", "`connectionString` cannot be used: it has no DeviceId"),
      }),
    ...{
      id: "hub-credential",
      severity: "error",
      message: /cannot be used: it has no DeviceId/,
      fix: /az iot hub device-identity connection-string show.*kubectl.* get deployment iotedged -n /,
    },
  },
  {
    name: "the hub refuses the device",
    plant: (it) => connectToHub(it, { record: problem("EDGE_HUB_KEY_REFUSED", "hub.test refuses device line-1") }),
    ...{ id: "hub-credential", severity: "error", message: /refuses device line-1/, fix: /device-identity show/ },
  },
  {
    name: "the hub is away",
    plant: (it) => connectToHub(it, { record: problem("EDGE_HUB_AWAY", "hub.test cannot be reached: ENOTFOUND") }),
    ...{ id: "hub-reached", severity: "error", message: /ENOTFOUND/, fix: /kubectl.* logs deployment\/iotedged -n / },
  },
  {
    name: "the hub has too many calls",
    plant: (it) => connectToHub(it, { record: problem("EDGE_HUB_THROTTLED", "hub.test has had too many calls") }),
    ...{ id: "hub-reached", severity: "warning", message: /too many calls/, fix: /^Wait/ },
  },
  {
    name: "iotedged has said nothing of the hub",
    plant: async (it) => {
      await connectToHub(it);
      await disconnectFromHub(it);
      await it.apply({
        ...{
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: objectNames.trustRecord, namespace: it.namespace },
        },
        data: {},
      });
    },
    ...{ id: "hub-reached", severity: "warning", message: /iotedged has not said/, fix: /npx edgectl status -n / },
  },
  {
    name: "a NetworkPolicy closes the way to the hub",
    plant: async (it) => {
      await connectToHub(it);
      const egress = (await egressOf(it, "edgeagent")).slice(0, -1);
      const path = `/apis/networking.k8s.io/v1/namespaces/${it.namespace}/networkpolicies/edgeagent`;
      await it.patch(path, { spec: { egress } });
    },
    ...{
      id: "hub-network",
      severity: "error",
      message: /keep the hub away: edgeagent closes port 8883/,
      fix: /npx edgectl up/,
    },
  },
  {
    name: "NetworkPolicies are not open to the proxy by which the hub is reached",
    plant: (it) =>
      connectToHub(it, {
        provisioning: { upstreamProtocol: "MqttWs", proxy: { url: "http://10.0.0.1:3128", exceptions: [] } },
      }),
    ...{
      id: "hub-network",
      severity: "error",
      message: /iotedged closes port 3128 of 10\.0\.0\.1, edgeagent closes port 3128 of 10\.0\.0\.1/,
      fix: /npx edgectl up/,
    },
  },
  {
    name: "somebody else has made the module's identity",
    plant: (it) =>
      connectToHub(it, { record: { identities: [identity("$edgeAgent"), identity("sensor", "foreign")] } }),
    ...{
      id: "hub-identities",
      severity: "error",
      component: "sensor",
      message: /somebody else's/,
      fix: /az iot hub module-identity list.*npx edgectl check -n /,
    },
  },
  {
    name: "a module waits for its key",
    plant: (it) => connectToHub(it, { record: { identities: [identity("sensor", "waiting")] } }),
    ...{ id: "hub-identities", severity: "warning", message: /1 modules wait/, fix: /^Wait 1 seconds/ },
  },
  {
    name: "another client connects as $edgeAgent",
    plant: (it) => connectToHub(it, { twin: lost("EDGE_HUB_CONNECTION_CONTESTED", "cut off 3 times") }),
    ...{
      id: "hub-twin",
      severity: "error",
      message: /another client connects as this device's \$edgeAgent: cut off 3 times/,
      fix: /End the other one.*kubectl.* logs deployment\/edgeagent -c edgeagent -n /,
    },
  },
  {
    name: "EdgeAgent is not connected",
    plant: (it) => connectToHub(it, { twin: lost("EDGE_HUB_CONNECTION_FAILED", "port 8883: ETIMEDOUT") }),
    ...{ id: "hub-twin", severity: "error", message: /ETIMEDOUT/, fix: /logs deployment\/edgeagent/ },
  },
  {
    name: "the hub was not told of what it desires",
    plant: (it) => connectToHub(it, { twin: { desiredVersion: 8 } }),
    ...{ id: "hub-manifest", severity: "warning", message: /not told of version 8 yet/, fix: /npx edgectl status -n / },
  },
  {
    name: "the hub desires no modules",
    plant: (it) => connectToHub(it, { status: { lastDesiredStatus: { code: 417, description: "" } } }),
    ...{ id: "hub-manifest", severity: "warning", message: /desires no modules/, fix: /az iot edge set-modules/ },
  },
];

/** What is broken on purpose between a connected installation and its hub, and what is said of it. */
export const hubSituations: readonly Situation[] = planted.map((one) => ({ ...one, undo: disconnectFromHub }));
