import {
  defaultModuleSettings,
  edgeAgentRulesOf,
  type HubRecord,
  objectNames,
  type PolicyRule,
  tokenAudience,
} from "#contract";
import { type HubIdentity, sasToken, stringToSign } from "#iot-hub";
import type { ObjectStore } from "../../../runtime/base/kubernetes-objects.ts";
import { createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { createObjectStore } from "../../../runtime/shared/kubernetes/object-store.ts";
import { agentSettings } from "../../fakes/settings.ts";
import type { FakeIotHub, Port } from "../../iot-hub/index.ts";
import { connectionStringOf } from "../../iot-hub/judges/connection-string.ts";
import { connectTo } from "../../support/hub-connection.ts";
import { listenToAll } from "../../support/hub-port.ts";
import { type RunningIotedged, startIotedged } from "../../support/iotedged-process.ts";
import { patchBy } from "../../support/merge-patch.ts";
import { createTestNamespace } from "../../support/test-namespace.ts";
import { type RunningAgent, startAgent } from "../edge-agent/installation.ts";

export const deviceId = "line-1";

/** A connected installation: iotedged, and EdgeAgent, whose tokens iotedged signs. */
export interface ConnectedSite {
  readonly iotedged: RunningIotedged;
  readonly agent: RunningAgent;
  /** The namespace's objects with an administrator's rights. */
  readonly admin: ObjectStore;
  /** Has a module's Deployment another status, as when its pod crashes. */
  setUnavailable(moduleName: string, count: number): Promise<void>;
  /** When connections to the hub were made, those that it did not take included, by port. */
  readonly attempts: Readonly<Record<Port, readonly number[]>>;
  /** What iotedged says of the hub. */
  record(): Promise<HubRecord>;
  close(): Promise<void>;
}

/** @param options.tokenLife seconds that a token of EdgeAgent's is good for */
export async function openConnectedSite(
  kubeconfig: string,
  fake: FakeIotHub,
  { tokenLife }: { readonly tokenLife: number },
): Promise<ConnectedSite> {
  const namespace = await createTestNamespace(kubeconfig, "edge-hub-outage");
  const { name, client } = namespace;
  const rbac = "apis/rbac.authorization.k8s.io/v1";
  const rules = edgeAgentRulesOf(defaultModuleSettings, 1, true) as PolicyRule[];
  const metadata = { name: objectNames.edgeAgent };
  await namespace.create(rbac, "roles", { metadata, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: objectNames.edgeAgent };
  const subjects = [{ kind: "ServiceAccount", name: objectNames.edgeAgent }];
  await namespace.create(rbac, "rolebindings", { metadata, roleRef, subjects });

  fake.hub.registry.putDevice(deviceId, { deviceId, capabilities: { iotEdge: true } }, undefined);
  const attempts: Record<Port, number[]> = { https: [], mqtt: [] };
  const listen = (port: Port) => listenToAll(fake, port, () => attempts[port].push(Date.now()));
  const ports = { https: await listen("https"), mqtt: await listen("mqtt") };
  const iotedged = await startIotedged({
    kubeConfig: await namespace.kubeConfigOf(objectNames.iotedged),
    ...{ name, namespace: name },
    settings: {
      ...{ hubHostname: fake.hub.hostName, deviceId },
      provisioning: { source: "manual", trustedCas: [fake.caPem] },
    },
    provisioning: { connectionString: connectionStringOf(fake.hub, deviceId) },
    connectHub: connectTo(ports.https),
  });
  const audience = tokenAudience({ name, namespace: name });
  const pod = await namespace.createPod("edgeagent-0", objectNames.edgeAgent);
  const token = await namespace.token(objectNames.edgeAgent, { audience, pod });
  const record = async (): Promise<HubRecord> => (await iotedged.call("management", token, "/hub")).json;

  /** As EdgeAgent asks iotedged, but for the proxy between them. */
  async function identify(): Promise<HubIdentity> {
    const { identities } = await record();
    const own = identities.find(({ moduleId }) => moduleId === "$edgeAgent");
    if (own?.state !== "ready") throw new Error("the hub does not have EdgeAgent's key yet");
    return {
      ...{ hubHostname: fake.hub.hostName, deviceId },
      token: async (resource, expiry) => {
        const data = Buffer.from(stringToSign(resource, expiry)).toString("base64");
        const path = `/modules/%24edgeAgent/genid/${own.generationId}/sign`;
        const { json } = await iotedged.call("workload", token, path, { keyId: "primary", algo: "HMACSHA256", data });
        return sasToken({ audience: resource, expiry, signature: json.digest });
      },
    };
  }

  const agentClient = createApiClient({ kubeConfig: await namespace.kubeConfigOf(objectNames.edgeAgent) });
  const hub = { fake, port: ports.mqtt, deviceId, tokenLife, identify };
  const agent = await startAgent({ client: agentClient, namespace: name, settings: agentSettings, hub });
  return {
    ...{ iotedged, agent, attempts, record },
    admin: createObjectStore({ client, namespace: name, fieldManager: "test" }),
    setUnavailable: (moduleName, count) =>
      patchBy(client, `${namespace.path("apis/apps/v1", "deployments", moduleName)}/status`, {
        status: { replicas: 1, unavailableReplicas: count },
      }),
    close: async () => {
      await agent.stop();
      await iotedged.stop();
      await namespace.remove();
    },
  };
}
