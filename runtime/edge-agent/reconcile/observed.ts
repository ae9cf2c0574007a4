import type { KubernetesObject } from "#base";
import { annotations, fieldManagers, labels } from "#contract";
import type { Deployment, Job, PersistentVolumeClaim, Pod, Secret, Service, ServiceAccount } from "#shared";

/** The objects of the namespace that EdgeAgent's decisions depend on, whoever made them, by name. */
export interface Observed {
  readonly serviceAccounts: ReadonlyMap<string, ServiceAccount>;
  readonly services: ReadonlyMap<string, Service>;
  readonly deployments: ReadonlyMap<string, Deployment>;
  /** Empty where EdgeAgent makes no Jobs. */
  readonly jobs: ReadonlyMap<string, Job>;
  /** Where EdgeAgent makes no Jobs: names of modules that still have one from before, as its pods tell. */
  readonly leftJobs: ReadonlySet<string>;
  /** Empty where EdgeAgent makes no claims. */
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
  /** Pods of modules that have not ended, by the name of the module's objects. */
  readonly modulePods: ReadonlyMap<string, readonly Pod[]>;
  /** Pods that fetch images, by the name of their Deployment. */
  readonly pullerPods: ReadonlyMap<string, readonly Pod[]>;
  /** Secret with the manifest's registry credentials. */
  readonly pullSecret?: Secret;
}

export function byName<T extends KubernetesObject>(objects: readonly T[]): ReadonlyMap<string, T> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

/** Pods of modules that have not ended, by the name of the module's objects. */
export function groupModulePods(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const running = pods.filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed");
  const own = running.filter(({ metadata }) => metadata.labels?.[labels.module] !== undefined);
  return Map.groupBy(own, ({ metadata }) => metadata.labels?.[labels.module] ?? "");
}

/** Pods that fetch images, by the name of their Deployment. */
export function groupPullerPods(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const pulling = pods.filter(({ metadata }) => metadata.labels?.[labels.puller] !== undefined);
  return Map.groupBy(pulling, ({ metadata }) => metadata.labels?.[labels.puller] ?? "");
}

/** Names of the modules that have pods of a Job. */
export function modulesWithJobPods(pods: readonly Pod[]): ReadonlySet<string> {
  const names = pods
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => kind === "Job"))
    .map(({ metadata }) => metadata.labels?.[labels.module]);
  return new Set(names.filter((name) => name !== undefined));
}

/** Whether EdgeAgent of `installation` made the object for the module that has its name. */
export function isOurs(object: KubernetesObject, installation: string): boolean {
  return object.metadata.labels?.[labels.module] === object.metadata.name && isMadeFor(object, installation);
}

/** Whether EdgeAgent of `installation` made the object. */
export function isMadeFor({ metadata }: KubernetesObject, installation: string): boolean {
  const { labels: own = {} } = metadata;
  return own[labels.instance] === installation && own[labels.managedBy] === fieldManagers.edgeAgent;
}

/** Whether the object of that uid owns it. */
export function isOwnedBy(object: KubernetesObject, uid: string): boolean {
  return object.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;
}

/** Id of the module that one of our objects belongs to. */
export function moduleIdOf(object: KubernetesObject): string {
  return object.metadata.annotations?.[annotations.moduleId] ?? object.metadata.name;
}

/** Whether the object is being deleted: changes to it have no effect any more. */
export function isTerminating(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

/** The Services that EdgeAgent of `installation` made, by the name of the objects of their modules. */
export function servicesByModule(
  { services }: Observed,
  installation: string,
): ReadonlyMap<string, readonly Service[]> {
  const ours = [...services.values()].filter((service) => isMadeFor(service, installation));
  return Map.groupBy(ours, ({ metadata }) => metadata.labels?.[labels.module] ?? metadata.name);
}

/** What the cluster holds under the name of one module, in the order in which it is taken away. */
export function presentObjects(
  name: string,
  { deployments, jobs, serviceAccounts }: Observed,
  services: readonly Service[] = [],
) {
  const objects = [deployments.get(name), jobs.get(name), ...services, serviceAccounts.get(name)];
  return objects.filter((object) => object !== undefined);
}
