/**
 * Writes the data file of built-in RBAC objects, from a real API server that nobody has changed yet:
 * `node infra/rbac/model/builtin/generate.ts KUBECONFIG`. The controller manager must run, as it binds its own roles.
 */
import { writeFile } from "node:fs/promises";
import { KubeConfig, RbacAuthorizationV1Api, VersionApi } from "@kubernetes/client-node";

const defaults = "kubernetes.io/bootstrapping=rbac-defaults";
const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(process.argv[2] ?? "");
const api = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
const selected = { labelSelector: defaults };

const lists = {
  ClusterRole: await api.listClusterRole(selected),
  ClusterRoleBinding: await api.listClusterRoleBinding(selected),
  Role: await api.listRoleForAllNamespaces(selected),
  RoleBinding: await api.listRoleBindingForAllNamespaces(selected),
};
const items = Object.entries(lists).flatMap(([kind, { items }]) => items.map((item) => plain(kind, item)));
const { major, minor } = await kubeConfig.makeApiClient(VersionApi).getCode();
const file = new URL(`${major}.${minor}.json`, import.meta.url);
await writeFile(file, `${JSON.stringify({ kind: "List", apiVersion: "v1", items }, null, 2)}\n`);

function plain(kind: string, { metadata, ...content }: { metadata?: object }): object {
  const { name, namespace, labels } = metadata as { name: string; namespace?: string; labels?: object };
  // Rules of an aggregated role are worked out anew, as another source may add to them.
  const rules = "aggregationRule" in content && content.aggregationRule ? { rules: [] } : {};
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    ...content,
    ...rules,
    kind,
    metadata: { name, namespace, labels },
  };
}
