import type { Clock, Informer, KubernetesObject } from "#base";
import { labels, type ModuleSettings, objectNames } from "#contract";
import {
  type ApiClient,
  type ConfigMap,
  configMaps,
  createInformer,
  type Deployment,
  deployments,
  type Job,
  jobs,
  type Logger,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  type Secret,
  type Service,
  type ServiceAccount,
  secrets,
  serviceAccounts,
  services,
} from "#shared";
import { byName, groupModulePods, groupPullerPods, modulesWithJobPods, type Observed } from "./reconcile/observed.ts";
import type { WrittenKinds } from "./reconcile/written-kinds.ts";

/** What EdgeAgent watches in its namespace. */
export interface Informers {
  /** Absent in a connected installation: its manifest is IoT Hub's. */
  readonly manifest?: Informer<ConfigMap>;
  /** All of the namespace, to see `iotedged` and whether a name is taken. */
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly services: Informer<Service>;
  readonly deployments: Informer<Deployment>;
  /** Those of the installation. */
  readonly pods: Informer<Pod>;
  readonly jobs?: Informer<Job>;
  /** All of the namespace: modules may use claims that somebody else made. */
  readonly claims?: Informer<PersistentVolumeClaim>;
  /** The one Secret that EdgeAgent writes. */
  readonly pullSecret?: Informer<Secret>;
}

/**
 * Makes the informers over a real API server.
 *
 * @param options.connected whether the manifest is IoT Hub's
 * @param options.modules what the installation lets its modules have: nothing else may be watched
 */
export function createInformers(options: {
  readonly client: ApiClient;
  readonly installation: { readonly name: string; readonly namespace: string };
  readonly modules: ModuleSettings;
  readonly connected?: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}): Informers {
  const { installation, modules, connected = false, ...rest } = options;
  const common = { ...rest, namespace: installation.namespace };
  const manifest = { fieldSelector: `metadata.name=${objectNames.deployment}` };
  const pullSecret = { fieldSelector: `metadata.name=${objectNames.registryCredentials}` };
  const ours = { labelSelector: `${labels.instance}=${installation.name}` };
  return {
    ...(!connected && { manifest: createInformer({ ...common, kind: configMaps, selection: manifest }) }),
    serviceAccounts: createInformer({ ...common, kind: serviceAccounts }),
    services: createInformer({ ...common, kind: services }),
    deployments: createInformer({ ...common, kind: deployments }),
    pods: createInformer({ ...common, kind: pods, selection: ours }),
    ...(modules.jobs && { jobs: createInformer({ ...common, kind: jobs }) }),
    ...(modules.volumes.create && { claims: createInformer({ ...common, kind: persistentVolumeClaims }) }),
    ...(modules.registryCredentials && {
      pullSecret: createInformer({ ...common, kind: secrets, selection: pullSecret }),
    }),
  };
}

/** The informers of what EdgeAgent writes for modules. */
export function writtenKinds(informers: Informers): WrittenKinds {
  const all: readonly (readonly [string, Informer<KubernetesObject> | undefined])[] = [
    ["ServiceAccount", informers.serviceAccounts],
    ["Service", informers.services],
    ["Deployment", informers.deployments],
    ["Job", informers.jobs],
    ["PersistentVolumeClaim", informers.claims],
    ["Secret", informers.pullSecret],
  ];
  return new Map(all.flatMap(([kind, informer]) => (informer === undefined ? [] : [[kind, informer]])));
}

/** What the informers show at present. */
export function observe(informers: Informers): Observed {
  const [secret] = informers.pullSecret?.list() ?? [];
  return {
    serviceAccounts: byName(informers.serviceAccounts.list()),
    services: byName(informers.services.list()),
    deployments: byName(informers.deployments.list()),
    jobs: byName(informers.jobs?.list() ?? []),
    leftJobs: informers.jobs === undefined ? modulesWithJobPods(informers.pods.list()) : new Set(),
    claims: byName(informers.claims?.list() ?? []),
    modulePods: groupModulePods(informers.pods.list()),
    pullerPods: groupPullerPods(informers.pods.list()),
    ...(secret === undefined ? {} : { pullSecret: secret }),
  };
}
