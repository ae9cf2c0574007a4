import { labels, objectNames } from "#contract";
import type { Clock } from "../shared/clock.ts";
import type { ApiClient } from "../shared/kubernetes/api-client.ts";
import { createInformer } from "../shared/kubernetes/informer.ts";
import {
  type ConfigMap,
  configMaps,
  type Deployment,
  deployments,
  type Pod,
  pods,
  type Service,
  type ServiceAccount,
  serviceAccounts,
  services,
} from "../shared/kubernetes/kinds.ts";
import type { Informer } from "../shared/kubernetes/objects.ts";
import type { Logger } from "../shared/logger.ts";

/** What EdgeAgent watches in its namespace. */
export interface Informers {
  readonly manifest: Informer<ConfigMap>;
  /** All of the namespace, to see `iotedged` and whether a name is taken. */
  readonly serviceAccounts: Informer<ServiceAccount>;
  readonly services: Informer<Service>;
  readonly deployments: Informer<Deployment>;
  /** Those of the installation. */
  readonly pods: Informer<Pod>;
}

/** Makes the informers over a real API server. */
export function createInformers(options: {
  readonly client: ApiClient;
  readonly installation: { readonly name: string; readonly namespace: string };
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}): Informers {
  const { installation, ...rest } = options;
  const common = { ...rest, namespace: installation.namespace };
  const manifest = { fieldSelector: `metadata.name=${objectNames.deployment}` };
  const ours = { labelSelector: `${labels.instance}=${installation.name}` };
  return {
    manifest: createInformer({ ...common, kind: configMaps, selection: manifest }),
    serviceAccounts: createInformer({ ...common, kind: serviceAccounts }),
    services: createInformer({ ...common, kind: services }),
    deployments: createInformer({ ...common, kind: deployments }),
    pods: createInformer({ ...common, kind: pods, selection: ours }),
  };
}
