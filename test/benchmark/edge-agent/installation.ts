import { writeFile } from "node:fs/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { componentLabels, dataKeys, defaultModuleSettings, edgeAgentRulesOf, objectNames } from "#contract";
import type { ObjectStore } from "../../../runtime/base/kubernetes-objects.ts";
import { createApiClient } from "../../../runtime/shared/kubernetes/api-client.ts";
import { type ConfigMap, namespacedPath, serviceAccounts } from "../../../runtime/shared/kubernetes/kinds.ts";
import { createObjectStore } from "../../../runtime/shared/kubernetes/object-store.ts";

/** A namespace as the Pulumi program declares it, without pods of iotedged and EdgeAgent. */
export interface Installation {
  readonly namespace: string;
  /** The namespace's objects with an administrator's rights. */
  readonly admin: ObjectStore;
  /** Path of a kubeconfig with the rights of ServiceAccount `edgeagent` and nothing else. */
  readonly agentKubeconfig: string;
  /**
   * @param modules how many
   * @param revision value of a variable of each module, so that another one changes them all
   */
  setManifest(modules: number, revision: number): Promise<void>;
  close(): Promise<void>;
}

/** Name of the variable that tells the manifest's revision. */
export const revisionVariable = "REVISION";

const rbacVersion = "rbac.authorization.k8s.io/v1";

/** @param agentKubeconfig path at which EdgeAgent's kubeconfig is written */
export async function createInstallation(options: {
  readonly namespace: string;
  readonly adminKubeconfig: string;
  readonly agentKubeconfig: string;
}): Promise<Installation> {
  const { namespace, agentKubeconfig } = options;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(options.adminKubeconfig);
  const client = createApiClient({ kubeConfig });
  const create = (path: string, body: object) => client.call({ verb: "create", path, body });
  await create("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const admin = createObjectStore({ client, namespace, fieldManager: "benchmark" });
  for (const name of [objectNames.iotedged, objectNames.edgeAgent]) {
    const metadata = { name, labels: componentLabels(name, namespace) };
    await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  }
  const name = objectNames.edgeAgent;
  const path = `/apis/${rbacVersion}/namespaces/${namespace}`;
  await create(`${path}/roles`, { metadata: { name }, rules: edgeAgentRulesOf(defaultModuleSettings, 1) });
  await create(`${path}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const { status } = await client.call<{ status: { token: string } }>({
    verb: "create",
    path: `${namespacedPath(serviceAccounts, namespace, name)}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  await writeKubeconfig(agentKubeconfig, kubeConfig, status.token);
  return {
    namespace,
    admin,
    agentKubeconfig,
    setManifest: async (modules, revision) => void (await admin.apply(manifest(modules, revision))),
    close: () => client.close(),
  };
}

async function writeKubeconfig(path: string, admin: KubeConfig, token: string): Promise<void> {
  const cluster = admin.getCurrentCluster();
  if (cluster === null) throw new Error("the kubeconfig has no current cluster");
  const own = new KubeConfig();
  own.loadFromClusterAndUser(cluster, { name: objectNames.edgeAgent, token });
  await writeFile(path, own.exportConfig(), { mode: 0o600 });
}

/** The desired properties of `$edgeAgent`. Every fifth module publishes a port, so that it has a Service. */
export function desiredProperties(count: number, revision: number) {
  const modules = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`m${index}`, module(index, revision)]),
  );
  return { schemaVersion: "1.1", modules };
}

function manifest(count: number, revision: number): ConfigMap {
  const document = { modulesContent: { $edgeAgent: { "properties.desired": desiredProperties(count, revision) } } };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: objectNames.deployment },
    data: { [dataKeys.deployment]: JSON.stringify(document) },
  };
}

function module(index: number, revision: number) {
  const port = { HostConfig: { PortBindings: { "8883/tcp": [{ HostPort: "8883" }] } } };
  return {
    status: "running",
    restartPolicy: "always",
    env: { [revisionVariable]: { value: String(revision) }, SOURCE: { value: `input ${index}` } },
    settings: { image: "registry.example/sample:1.0", ...(index % 5 === 0 ? { createOptions: port } : {}) },
  };
}
