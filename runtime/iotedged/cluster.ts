import type { KubeConfig } from "@kubernetes/client-node";
import type { Clock, Informer, ObjectStore } from "#base";
import { componentSelector, fieldManagers, type IotedgedSettings, labels } from "#contract";
import {
  type ApiClient,
  createApiClient,
  createInformer,
  createObjectStore,
  type Deployment,
  deployments,
  type Job,
  jobs,
  type Logger,
  type Pod,
  pods,
  type ServiceAccount,
  serviceAccounts,
} from "#shared";
import { keptOfAnyPod, keptOfDeployment, keptOfJob, keptOfPod } from "./kept-objects.ts";

/** iotedged's view of the cluster. */
export interface Cluster {
  readonly client: ApiClient;
  /** For TokenReviews alone: they must not queue behind lists, and have to be given up before modules lose patience. */
  readonly reviewClient: ApiClient;
  readonly store: ObjectStore;
  /** For what the replicas announce to each other about ciphertexts. */
  readonly announcements: ObjectStore;
  /** For how the installation fares with its hub. */
  readonly hubRecords: ObjectStore;
  readonly informers: {
    readonly serviceAccounts: Informer<ServiceAccount>;
    /** Those of modules, EdgeAgent's among them. */
    readonly deployments: Informer<Deployment>;
    /** All that can have a module's token: those of modules, and any other that has a ServiceAccount of its own. */
    readonly pods: Informer<Pod>;
    /** Those of iotedged itself. */
    readonly replicas: Informer<Pod>;
    /** Those of modules; not there where modules run as Deployments alone. */
    readonly jobs?: Informer<Job>;
  };
  close(): Promise<void>;
}

const reviewTimeout = 5000;

export function connectCluster(options: {
  readonly kubeConfig: KubeConfig;
  readonly settings: Pick<IotedgedSettings, "installation" | "features">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}): Cluster {
  const { kubeConfig, settings, clock, random, log } = options;
  const { namespace, name } = settings.installation;
  const client = createApiClient({ kubeConfig });
  const reviewClient = createApiClient({ kubeConfig, timeoutMilliseconds: reviewTimeout });
  const common = { client, namespace, clock, random, logger: log };
  const ofModules = { labelSelector: labels.module };
  // Not by label: a token is good for its account, however its pod is labelled. No module has the account `default`.
  const withAccount = { fieldSelector: "spec.serviceAccountName!=default" };
  const ofReplicas = {
    labelSelector: Object.entries(componentSelector("iotedged", name))
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
  };
  const informers = {
    serviceAccounts: createInformer({ ...common, kind: serviceAccounts }),
    deployments: createInformer({ ...common, kind: deployments, selection: ofModules, keep: keptOfDeployment }),
    pods: createInformer({ ...common, kind: pods, selection: withAccount, keep: keptOfAnyPod }),
    replicas: createInformer({ ...common, kind: pods, selection: ofReplicas, keep: keptOfPod }),
    ...(settings.features.moduleJobs && {
      jobs: createInformer({ ...common, kind: jobs, selection: ofModules, keep: keptOfJob }),
    }),
  };
  return {
    client,
    reviewClient,
    store: createObjectStore({ client, namespace, fieldManager: fieldManagers.iotedged }),
    announcements: createObjectStore({ client, namespace, fieldManager: fieldManagers.ciphertexts }),
    hubRecords: createObjectStore({ client, namespace, fieldManager: fieldManagers.hub }),
    informers,
    close: async () => {
      for (const informer of Object.values(informers)) informer.stop();
      await Promise.all([client.close(), reviewClient.close()]);
    },
  };
}
