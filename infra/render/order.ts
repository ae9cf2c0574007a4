import type { KubernetesObject } from "./kubernetes-object.ts";

/**
 * Kinds in the order in which they are applied: what others refer to comes first. Policies come before what they
 * restrict, permissions before who uses them, workloads last.
 */
const installOrder = [
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PriorityClass",
  "CustomResourceDefinition",
  "ServiceAccount",
  "Secret",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "Service",
  "PodDisruptionBudget",
  "DaemonSet",
  "Pod",
  "ReplicaSet",
  "Deployment",
  "StatefulSet",
  "Job",
  "CronJob",
] as const;

const ranks: ReadonlyMap<string, number> = new Map(installOrder.map((kind, index) => [kind, index]));

/** Place of the kind in the order of installation. Kinds that are not in it come last. */
export function installRank(kind: string): number {
  return ranks.get(kind) ?? installOrder.length;
}

/** Order of installation: by kind, then namespace, then name. Total, so that it does not depend on the program. */
export function compareObjects(a: KubernetesObject, b: KubernetesObject): number {
  return (
    installRank(a.kind) - installRank(b.kind) ||
    compareText(a.kind, b.kind) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

/** By code units: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
