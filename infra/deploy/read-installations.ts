import { mapConcurrently } from "#base";
import { labels, objectNames, partOf } from "#contract";
import type { Cluster, Kind } from "../kubernetes/index.ts";
import { assessInstallation, type InstallationState } from "./installation-state.ts";

const deployment: Kind = { apiVersion: "apps/v1", kind: "Deployment" };
const pod: Kind = { apiVersion: "v1", kind: "Pod" };
const configMap: Kind = { apiVersion: "v1", kind: "ConfigMap" };
const event: Kind = { apiVersion: "v1", kind: "Event" };

/**
 * How the installations fare.
 *
 * @param namespaces those to look at; undefined for all installations that the cluster has
 */
export async function readInstallations(
  cluster: Cluster,
  namespaces?: readonly string[],
): Promise<readonly InstallationState[]> {
  const wanted = namespaces ?? (await findInstallations(cluster));
  return mapConcurrently([...wanted].sort(), (namespace) => readInstallation(cluster, namespace));
}

/** Namespaces of the installations that the cluster has. */
export async function findInstallations(cluster: Cluster): Promise<readonly string[]> {
  const labelSelector = `${labels.partOf}=${partOf},${labels.name}=iotedged`;
  const found = await cluster.list(deployment, { labelSelector });
  return found
    .filter(({ metadata }) => metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "");
}

async function readInstallation(cluster: Cluster, namespace: string): Promise<InstallationState> {
  const labelSelector = `${labels.partOf}=${partOf}`;
  const names = [objectNames.agentConfig, objectNames.deployment, objectNames.status];
  const [deployments, pods, configMaps] = await Promise.all([
    cluster.list(deployment, { namespace, labelSelector }),
    cluster.list(pod, { namespace, labelSelector }),
    mapConcurrently(names, (name) => cluster.get({ ...configMap, namespace, name })),
  ]);
  const snapshot = { namespace, deployments, pods, configMaps: configMaps.filter((item) => item !== undefined) };
  const state = assessInstallation({ ...snapshot, events: [] });
  if (state.ready) return state;
  const events = await cluster.list(event, { namespace, fieldSelector: "type=Warning" });
  return assessInstallation({ ...snapshot, events });
}
