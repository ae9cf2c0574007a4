import type {
  EventsV1Event,
  V1ConfigMap,
  V1Deployment,
  V1Job,
  V1Node,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Secret,
  V1Service,
  V1ServiceAccount,
} from "@kubernetes/client-node";
import type { Kind, KubernetesObject, Wire } from "#base";

/** An object as the API server gives it: `apiVersion`, `kind` and a name are always there. */
type Stored<T> = Omit<Wire<T>, keyof KubernetesObject> & KubernetesObject;

export type ConfigMap = Stored<V1ConfigMap>;
export type Deployment = Stored<V1Deployment>;
export type Event = Stored<EventsV1Event>;
export type Job = Stored<V1Job>;
export type Node = Stored<V1Node>;
export type PersistentVolumeClaim = Stored<V1PersistentVolumeClaim>;
export type Pod = Stored<V1Pod>;
export type Secret = Stored<V1Secret>;
export type Service = Stored<V1Service>;
export type ServiceAccount = Stored<V1ServiceAccount>;

/** The kinds that the runtime works with. */
export const configMaps: Kind<ConfigMap> = { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps" };
export const deployments: Kind<Deployment> = { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" };
export const events: Kind<Event> = { apiVersion: "events.k8s.io/v1", kind: "Event", plural: "events" };
export const jobs: Kind<Job> = { apiVersion: "batch/v1", kind: "Job", plural: "jobs" };
export const persistentVolumeClaims: Kind<PersistentVolumeClaim> = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
};
export const pods: Kind<Pod> = { apiVersion: "v1", kind: "Pod", plural: "pods" };
export const secrets: Kind<Secret> = { apiVersion: "v1", kind: "Secret", plural: "secrets" };
export const serviceAccounts: Kind<ServiceAccount> = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
};
export const services: Kind<Service> = { apiVersion: "v1", kind: "Service", plural: "services" };
/** Cluster-scoped: for `clusterPath` only. */
export const nodes: Kind<Node> = { apiVersion: "v1", kind: "Node", plural: "nodes" };

const known = [
  ...[configMaps, deployments, events, jobs, persistentVolumeClaims],
  ...[pods, secrets, serviceAccounts, services],
];

/** The kind of an object that is about to be written. */
export function kindOf(object: KubernetesObject): Kind<KubernetesObject> {
  const kind = known.find((one) => one.apiVersion === object.apiVersion && one.kind === object.kind);
  if (kind === undefined) throw new Error(`${object.apiVersion} ${object.kind} is no kind that the runtime writes`);
  return kind as Kind<KubernetesObject>;
}

/** What a path is made from. */
type Collection = Pick<Kind<unknown>, "apiVersion" | "plural">;

/** Path of a kind's collection in a namespace, or of one object of it. */
export function namespacedPath(kind: Collection, namespace: string, name?: string): string {
  return withName(`${groupPath(kind)}/namespaces/${encodeURIComponent(namespace)}/${kind.plural}`, name);
}

/** Path of a cluster-scoped kind's collection, or of one object of it. */
export function clusterPath(kind: Collection, name?: string): string {
  return withName(`${groupPath(kind)}/${kind.plural}`, name);
}

function groupPath(kind: Collection): string {
  return kind.apiVersion.includes("/") ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
}

function withName(path: string, name: string | undefined): string {
  return name === undefined ? path : `${path}/${encodeURIComponent(name)}`;
}
