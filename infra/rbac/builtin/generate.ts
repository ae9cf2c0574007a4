/**
 * Writes the data file of built-in RBAC objects, from a real API server that nobody has changed yet:
 * `node infra/rbac/builtin/generate.ts KUBECONFIG`. The controller manager must run, as it binds its own roles.
 */
import { writeFile } from "node:fs/promises";
import { KubeConfig, RbacAuthorizationV1Api, VersionApi } from "@kubernetes/client-node";
import { dataFile, trim } from "./trim.ts";

const kubeConfig = new KubeConfig();
kubeConfig.loadFromFile(process.argv[2] ?? "");
const api = kubeConfig.makeApiClient(RbacAuthorizationV1Api);
const selected = { labelSelector: "kubernetes.io/bootstrapping=rbac-defaults" };

const lists = {
  ClusterRole: await api.listClusterRole(selected),
  ClusterRoleBinding: await api.listClusterRoleBinding(selected),
  Role: await api.listRoleForAllNamespaces(selected),
  RoleBinding: await api.listRoleBindingForAllNamespaces(selected),
};
const items = Object.entries(lists).flatMap(([kind, list]) => list.items.map((item) => trim(kind, item)));
const { major, minor } = await kubeConfig.makeApiClient(VersionApi).getCode();
await writeFile(new URL(`${major}.${minor}.json`, import.meta.url), dataFile(items));
