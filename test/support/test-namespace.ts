import { randomBytes } from "node:crypto";
import { KubeConfig } from "@kubernetes/client-node";
import {
  annotations,
  clusterObjectNames,
  type IotedgedFeatures,
  iotedgedRulesOf,
  labels,
  nodeObserverRules,
  noFeatures,
  objectNames,
  type PolicyRule,
} from "#contract";
import { type ApiClient, createApiClient } from "../../runtime/shared/kubernetes/api-client.ts";

/** A namespace with the rights of one installation, made by an administrator as the Pulumi program would make it. */
export interface TestNamespace {
  readonly name: string;
  /** With full rights. */
  readonly client: ApiClient;
  /** Path of a collection in the namespace: `api/v1`, `pods`. */
  path(group: string, plural: string, name?: string): string;
  create(group: string, plural: string, body: object): Promise<Created>;
  /** Makes ServiceAccount `name`, annotated as a module's when an id is given. */
  createAccount(name: string, moduleId?: string): Promise<Created>;
  /** Makes a pod of a ServiceAccount, which never runs; labelled as a module's, or as is given. */
  createPod(name: string, serviceAccount: string, labels?: Readonly<Record<string, string>>): Promise<Created>;
  /** Deletes a pod at once. */
  removePod(name: string): Promise<void>;
  /** A token as the kubelet would mount it. Without an audience, it is the API server's. */
  token(serviceAccount: string, options?: { audience?: string; pod?: Created }): Promise<string>;
  /** How a pod of `serviceAccount` reaches the API server. */
  kubeConfigOf(serviceAccount: string): Promise<KubeConfig>;
  /** Deletes what the test made, cluster-scoped objects included. */
  remove(): Promise<void>;
}

export interface Created {
  readonly metadata: { readonly name: string; readonly uid: string };
}

const roleGroup = "rbac.authorization.k8s.io";
const rbac = `apis/${roleGroup}/v1`;

/**
 * @param kubeconfig path of an administrator's kubeconfig
 * @param features whose rights iotedged has besides its own
 */
export async function createTestNamespace(
  kubeconfig: string,
  prefix: string,
  features: IotedgedFeatures = noFeatures,
): Promise<TestNamespace> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(kubeconfig);
  const client = createApiClient({ kubeConfig });
  const name = `${prefix}-${randomBytes(3).toString("hex")}`;
  const clusterScoped: string[] = [];
  const path = (group: string, plural: string, object?: string) =>
    `/${group}/namespaces/${name}/${plural}${object === undefined ? "" : `/${object}`}`;
  const create = (group: string, plural: string, body: object) =>
    client.call<Created>({ verb: "create", path: path(group, plural), body });

  async function createClusterScoped(plural: string, body: { metadata: { name: string } }): Promise<void> {
    await client.call({ verb: "create", path: `/${rbac}/${plural}`, body });
    clusterScoped.push(`/${rbac}/${plural}/${body.metadata.name}`);
  }

  async function grantCluster(binding: string, role: string): Promise<void> {
    const subjects = [{ kind: "ServiceAccount", name: objectNames.iotedged, namespace: name }];
    const roleRef = { apiGroup: roleGroup, kind: "ClusterRole", name: role };
    await createClusterScoped("clusterrolebindings", { metadata: { name: binding }, roleRef, subjects } as never);
  }

  await client.call({ verb: "create", path: "/api/v1/namespaces", body: { metadata: { name } } });
  const names = clusterObjectNames(name);
  const accounts = {
    create: (account: string, moduleId?: string) =>
      create("api/v1", "serviceaccounts", {
        metadata: { name: account, ...(moduleId && { annotations: { [annotations.moduleId]: moduleId } }) },
      }),
  };
  await accounts.create(objectNames.iotedged);
  await accounts.create(objectNames.edgeAgent);
  await create(rbac, "roles", {
    metadata: { name: objectNames.iotedged },
    rules: iotedgedRulesOf(features) as PolicyRule[],
  });
  await create(rbac, "rolebindings", {
    metadata: { name: objectNames.iotedged },
    roleRef: { apiGroup: roleGroup, kind: "Role", name: objectNames.iotedged },
    subjects: [{ kind: "ServiceAccount", name: objectNames.iotedged }],
  });
  await createClusterScoped("clusterroles", {
    metadata: { name: names.nodeObserverRole },
    rules: nodeObserverRules,
  } as never);
  await grantCluster(names.nodeObserverBinding, names.nodeObserverRole);
  await grantCluster(names.authDelegator, "system:auth-delegator");

  async function token(account: string, { audience, pod }: { audience?: string; pod?: Created } = {}): Promise<string> {
    const bound = pod && { kind: "Pod", apiVersion: "v1", name: pod.metadata.name, uid: pod.metadata.uid };
    const spec = {
      audiences: audience === undefined ? [] : [audience],
      expirationSeconds: 3600,
      boundObjectRef: bound,
    };
    const request = { verb: "create", path: `${path("api/v1", "serviceaccounts", account)}/token`, body: { spec } };
    return (await client.call<{ status: { token: string } }>(request)).status.token;
  }

  return {
    name,
    client,
    path,
    create,
    createAccount: accounts.create,
    createPod: (pod, serviceAccountName, own = { [labels.module]: serviceAccountName }) =>
      create("api/v1", "pods", {
        metadata: { name: pod, labels: own },
        spec: { serviceAccountName, containers: [{ name: "module", image: "registry.invalid/module:1" }] },
      }),
    removePod: async (pod) => {
      await client.call({ verb: "delete", path: path("api/v1", "pods", pod) });
    },
    token,
    kubeConfigOf: async (account) => {
      const own = new KubeConfig();
      const cluster = kubeConfig.getCurrentCluster();
      if (cluster === null) throw new Error("the kubeconfig has no current cluster");
      const user = { name: account, token: await token(account) };
      own.loadFromClusterAndUser(cluster, user);
      return own;
    },
    remove: async () => {
      for (const object of clusterScoped) await client.call({ verb: "delete", path: object });
      await client.call({ verb: "delete", path: `/api/v1/namespaces/${name}` });
      await client.close();
    },
  };
}
