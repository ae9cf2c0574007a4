import type { KubeConfig } from "@kubernetes/client-node";
import { noObjects, type Source } from "../source/source.ts";
import { buildDiff } from "./build.ts";
import type { Report } from "./model.ts";

/**
 * What the ServiceAccounts of some namespaces may do in a live cluster, and how bad that is. It takes the rights to list
 * roles, bindings and ServiceAccounts of the whole cluster: a grant may stand anywhere.
 *
 * @throws EDGE_RBAC_CLUSTER_UNREACHABLE
 */
export async function livePermissions(config: KubeConfig, namespaces: readonly string[]): Promise<Report> {
  const { readLiveCluster } = await import("../source/live.ts");
  const cluster = await readLiveCluster(config);
  // Complete: the roles that the API server makes itself are no difference then.
  const nothing: Source = {
    title: "nothing",
    clusters: [{ ...noObjects(config.getCurrentContext()), complete: true }],
  };
  return buildDiff(nothing, cluster, {
    about: ({ kind, namespace }) => kind === "ServiceAccount" && namespaces.includes(namespace),
  });
}
