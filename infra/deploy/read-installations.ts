import { EdgeError, mapConcurrently } from "#base";
import { labels, objectNames, partOf } from "#contract";
import type { Cluster, Kind, LiveObject } from "../kubernetes/index.ts";
import { tellEvent } from "./findings/events.ts";
import type { Finding, Hints } from "./findings/finding.ts";
import { podFinding } from "./findings/pod-findings.ts";
import { objectName, type SoughtObjects, soughtObjects, soughtPullSecrets } from "./findings/sought-objects.ts";
import { assessInstallation, type InstallationState } from "./installation-state.ts";

const deployment: Kind = { apiVersion: "apps/v1", kind: "Deployment" };
const pod: Kind = { apiVersion: "v1", kind: "Pod" };
const serviceAccount: Kind = { apiVersion: "v1", kind: "ServiceAccount" };
const configMap: Kind = { apiVersion: "v1", kind: "ConfigMap" };
const event: Kind = { apiVersion: "v1", kind: "Event" };
/**
 * Events that tell why something fails: warnings, that the kubelet has ended a container, and that an autoscaler makes a
 * node.
 */
const tellingEvents = ["type=Warning", "reason=Killing", "reason=TriggeredScaleUp", "reason=Nominated"];

/** Modules may name any: what is asked for at each look stays small. */
const maxSought = 20;

/**
 * How the installations fare.
 *
 * @param namespaces those to look at; undefined for all installations that the cluster has
 * @param hints for what to do about what is wrong
 */
export async function readInstallations(
  cluster: Cluster,
  namespaces: readonly string[] | undefined,
  hints: Hints,
): Promise<readonly InstallationState[]> {
  const wanted = namespaces ?? (await findInstallations(cluster));
  return mapConcurrently([...wanted].sort(), (namespace) => readInstallation(cluster, namespace, hints));
}

/** Namespaces of the installations that the cluster has. */
export async function findInstallations(cluster: Cluster): Promise<readonly string[]> {
  const labelSelector = `${labels.partOf}=${partOf},${labels.name}=iotedged`;
  const found = await cluster.list(deployment, { labelSelector });
  return found
    .filter(({ metadata }) => metadata.name === objectNames.iotedged)
    .map(({ metadata }) => metadata.namespace ?? "");
}

async function readInstallation(cluster: Cluster, namespace: string, hints: Hints): Promise<InstallationState> {
  const labelSelector = `${labels.partOf}=${partOf}`;
  const { iotedgedConfig, agentConfig, deployment: manifest, status, trustRecord } = objectNames;
  const names = [iotedgedConfig, agentConfig, manifest, status, trustRecord];
  const [deployments, pods, accounts, configMaps] = await Promise.all([
    cluster.list(deployment, { namespace, labelSelector }),
    cluster.list(pod, { namespace, labelSelector }),
    unlessForbidden(() => cluster.list(serviceAccount, { namespace })),
    mapConcurrently(names, (name) => cluster.get({ ...configMap, namespace, name })),
  ]);
  const found = configMaps.filter((item) => item !== undefined);
  const snapshot = { namespace, deployments, pods, accounts, now: Date.now(), configMaps: found };
  const own = hints.of(deployments.find(({ metadata }) => metadata.name === objectNames.iotedged) ?? configMaps[0]);
  const state = assessInstallation({ ...snapshot, events: [] }, own);
  if (state.ready) return state;
  const events = await readEvents(cluster, namespace);
  const sought = await readSought(cluster, namespace, { deployments, events });
  return assessInstallation({ ...snapshot, events, sought }, own);
}

/** What has come since a kubelet has looked for it, and what has not. Undefined where the user may not see Secrets. */
async function readSought(
  cluster: Cluster,
  namespace: string,
  { deployments, events }: { readonly deployments: readonly LiveObject[]; readonly events: readonly LiveObject[] },
): Promise<SoughtObjects | undefined> {
  const iotedged = deployments.find(({ metadata }) => metadata.name === objectNames.iotedged);
  const named: readonly { readonly name: string }[] = iotedged?.spec?.template?.spec?.imagePullSecrets ?? [];
  const told = events.map(tellEvent);
  const madeAt = async (kind: "Secret" | "ConfigMap", name: string) => {
    const found = await cluster.getMetadata({ apiVersion: "v1", kind, namespace, name });
    return found && String(found.metadata.creationTimestamp);
  };
  return unlessForbidden(async () => {
    const pullSecrets = await mapConcurrently(
      soughtPullSecrets(told).slice(0, maxSought),
      async (name) => [name, await madeAt("Secret", name)] as const,
    );
    const come = await mapConcurrently(soughtObjects(told).slice(0, maxSought), async ({ kind, name }) =>
      (await madeAt(kind, name)) === undefined ? [] : [objectName(kind, name)],
    );
    return {
      ofInstallation: named.map(({ name }) => name),
      since: new Map(pullSecrets),
      come: new Set(come.flat()),
    };
  });
}

/** What the user may not see is not known. */
async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof EdgeError) || error.code !== "EDGE_APPLY_FORBIDDEN") throw error;
    return undefined;
  }
}

/** Why a module's pod does not run; undefined where nothing is known. */
export async function explainPod(
  cluster: Cluster,
  moduleId: string,
  pod: LiveObject,
  hints: Hints,
): Promise<Finding | undefined> {
  const { namespace = "default" } = pod.metadata;
  const part = { namespace, component: moduleId, isModule: true };
  const ref = { ...deployment, namespace, name: objectNames.iotedged };
  const [events, iotedged] = await Promise.all([
    readEvents(cluster, namespace),
    unlessForbidden(() => cluster.get(ref)),
  ]);
  return podFinding(part, pod, events, hints.of(iotedged));
}

/** Whoever may make Events may make a million: what is said of a pod then may lack what is behind these. */
const maxEvents = 5_000;

async function readEvents(cluster: Cluster, namespace: string): Promise<readonly LiveObject[]> {
  const lists = tellingEvents.map((fieldSelector) =>
    cluster.list(event, { namespace, fieldSelector, most: maxEvents }),
  );
  return (await Promise.all(lists)).flat();
}
