import type { ClusterObjects } from "../model/objects.ts";

/** What one side of a diff, or a query, looks at. */
export interface Source {
  /** For people: `manifests deploy/`, `stack local at origin/main`. */
  readonly title: string;
  readonly clusters: readonly ClusterObjects[];
}

/** Name of the cluster where the source does not tell clusters apart. */
export const onlyCluster = "default";

/** A cluster without any object but the built-in ones. */
export function noObjects(cluster: string = onlyCluster): ClusterObjects {
  const nothing = { roles: [], bindings: [], serviceAccounts: [], workloads: [], tokenSecrets: [], unresolved: [] };
  return { cluster, ...nothing, complete: false };
}

/** A source without any object, as base of a first deployment. */
export const emptySource: Source = { title: "nothing", clusters: [noObjects()] };
