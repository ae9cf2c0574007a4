import { type ClusterObjects, describeObject } from "./objects.ts";

/**
 * What a cluster has once these objects are applied to it, as `kubectl apply` does: what they do not name stays.
 *
 * @param cluster all objects of the cluster
 */
export function applyTo(cluster: ClusterObjects, objects: ClusterObjects): ClusterObjects {
  const place = ({ namespace, name }: { readonly namespace: string; readonly name: string }) => `${namespace}/${name}`;
  return {
    cluster: cluster.cluster,
    complete: true,
    roles: overlay(cluster.roles, objects.roles, describeObject),
    bindings: overlay(cluster.bindings, objects.bindings, describeObject),
    serviceAccounts: overlay(cluster.serviceAccounts, objects.serviceAccounts, place),
    workloads: overlay(cluster.workloads, objects.workloads, describeObject),
    tokenSecrets: overlay(cluster.tokenSecrets, objects.tokenSecrets, place),
    unresolved: [...cluster.unresolved, ...objects.unresolved],
  };
}

/** The objects above, and those below that none of them replaces. */
export function overlay<T>(below: readonly T[], above: readonly T[], key: (object: T) => string): readonly T[] {
  if (below.length === 0) return above;
  const taken = new Set(above.map(key));
  return [...below.filter((object) => !taken.has(key(object))), ...above];
}
