import type { Clock } from "#base";
import { type IotedgedSettings, tokenAudience } from "#contract";
import type { EventRecorder, Health, Logger } from "#shared";
import { createBudgets } from "./api/budgets.ts";
import { createAuditLog } from "./audit/audit-log.ts";
import { type Authenticator, createAuthenticator } from "./authentication/authenticator.ts";
import { allottedNames, generationOf, serviceNamesOf } from "./authentication/module-identity.ts";
import { type RevokedPods, trackRevokedPods } from "./authentication/revoked-pods.ts";
import { createServiceAccountDirectory } from "./authentication/service-accounts.ts";
import { createTokenReviewer } from "./authentication/token-reviewer.ts";
import type { ServingCertificate } from "./certificates/serving-certificate.ts";
import type { Cluster } from "./cluster.ts";
import { Admission } from "./connections/admission.ts";
import { connectionBounds } from "./connections/bounds.ts";
import { type ApiServer, createApiServer } from "./http/api-server.ts";
import { httpLimits } from "./http/limits.ts";
import type { HubLink } from "./hub/hub-link.ts";
import type { InstallationKeys } from "./keys/installation-keys.ts";
import type { WrittenVersion } from "./keys/written-version.ts";
import { createManagementFeatures } from "./management/features.ts";
import { createManagementApi } from "./management/management-api.ts";
import { listModuleDetails } from "./management/module-details.ts";
import { managementRoutes } from "./management/routes.ts";
import { createSystemInfo } from "./management/system-info.ts";
import { createSystemResources, thisMachine } from "./management/system-resources.ts";
import { listWorkloads } from "./management/workloads.ts";
import type { Metrics } from "./metrics.ts";
import type { FollowedFiles } from "./mounted-files.ts";
import { createRefusalReporter } from "./refusals.ts";
import type { TrustWatch } from "./trust/trust-watch.ts";
import { createModuleCertificates, type ModuleCertificates } from "./workload/module-certificates.ts";
import { workloadRoutes } from "./workload/routes.ts";
import { createWorkloadApi } from "./workload/workload-api.ts";

/** Name of what is degraded while tokens cannot be reviewed. */
const tokenReviews = "token-reviews";

/** The two APIs, not yet listening. */
export interface Apis {
  readonly management: ApiServer;
  readonly workload: ApiServer;
  /** From now on every answer asks its client to connect anew, and those that last long end. */
  drain(): void;
  stop(): void;
}

interface ApisOptions {
  readonly settings: IotedgedSettings;
  readonly keys: InstallationKeys;
  readonly ciphertexts: Pick<WrittenVersion, "current">;
  readonly files: Pick<FollowedFiles, "ca" | "trustBundle">;
  readonly certificate: ServingCertificate;
  readonly trust: Omit<TrustWatch, "stop">;
  readonly hub: Pick<HubLink, "status" | "place"> | undefined;
  readonly cluster: Cluster;
  readonly events: EventRecorder;
  readonly health: Health;
  /** Bytes that the container may have. */
  readonly memoryLimit: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Connects what the APIs are made of. */
export function createApis(options: ApisOptions): Apis {
  const { settings, keys, ciphertexts, files, certificate, trust, cluster, events, clock, metrics, log } = options;
  const { informers } = cluster;
  const revokedPods = trackRevokedPods({
    pods: informers.pods,
    clock,
    longestTrust: (settings.authentication.cacheSeconds + settings.authentication.staleSeconds) * 1000,
    onRevoked: (delay) => metrics.revocationSeconds.observe(delay / 1000),
  });
  const authenticator = connectAuthenticator(options, revokedPods);
  const certificates = connectCertificates(options);
  const listModules = () => listModuleDetails(listWorkloads(informers), informers.pods.list());
  const systemInfo = createSystemInfo({
    client: settings.nodeObserver ? cluster.client : undefined,
    machine: thisMachine,
    clock,
  });
  const budgets = createBudgets({ limits: settings.limits, clock });
  const audit = createAuditLog({ log, clock, isModule: (name) => informers.serviceAccounts.get(name) !== undefined });
  const ending = new AbortController();
  const features = createManagementFeatures({ settings, cluster, events, ending: ending.signal, clock, metrics });
  const bounds = connectionBounds(options.memoryLimit);
  const admission = new Admission({ bounds, times: httpLimits, clock, metrics });
  const common = {
    certificate,
    admission,
    authenticator,
    budgets,
    audit,
    metrics,
    log,
    onTrustBundle: trust.sawBundle,
  };
  const management = createApiServer({
    ...common,
    routes: managementRoutes,
    handlers: createManagementApi({
      listModules,
      serviceAccounts: informers.serviceAccounts,
      systemInfo,
      systemResources: createSystemResources(thisMachine),
      features,
      hubStatus: options.hub?.status,
      clock,
    }),
  });
  const workload = createApiServer({
    ...common,
    routes: workloadRoutes,
    handlers: createWorkloadApi({
      keys,
      ciphertexts,
      readsOld: settings.oldCiphertexts ?? true,
      certificates,
      trustBundle: files.trustBundle,
      onBundleFetched: trust.sawFetch,
      listModules,
      generationOf: (moduleId) => generationOf(moduleId, informers.serviceAccounts),
    }),
  });
  return {
    management,
    workload,
    drain: () => {
      ending.abort();
      management.drain();
      workload.drain();
    },
    stop: () => {
      revokedPods.stop();
      audit.stop();
    },
  };
}

/** Authenticates modules by the cluster's verdict on their tokens; tells of refusals and outages. */
function connectAuthenticator(options: ApisOptions, revokedPods: RevokedPods): Authenticator {
  const { settings, cluster, events, health, clock, metrics, log } = options;
  const { installation } = settings;
  const { informers, store } = cluster;
  const audience = tokenAudience(installation);
  return createAuthenticator({
    audience,
    namespace: installation.namespace,
    ...settings.authentication,
    reviewer: createTokenReviewer({ client: cluster.reviewClient, audience }),
    serviceAccounts: createServiceAccountDirectory({ informer: informers.serviceAccounts, store }),
    revokedPods,
    clock,
    metrics,
    onRefused: createRefusalReporter({ namespace: installation.namespace, events }),
    onError: (error) => log.error({ error }, "a module cannot be authenticated"),
    onOutage: (ongoing) => {
      metrics.degraded.set(ongoing ? 1 : 0);
      if (ongoing) health.degrade(tokenReviews, "the API server gives no verdicts on tokens");
      else health.recover(tokenReviews);
      log.warn({ ongoing }, ongoing ? "tokens cannot be reviewed" : "tokens can be reviewed again");
    },
  });
}

/** Issues certificates to modules that exist; each is counted, logged and told to the trust watch. */
function connectCertificates(options: ApisOptions): ModuleCertificates {
  const { settings, files, cluster, trust, clock, metrics, log } = options;
  const { informers } = cluster;
  return createModuleCertificates({
    settings,
    place: options.hub?.place,
    ca: files.ca,
    namesOf: ({ objectName, generationId, podName, podUid }) => {
      const pod = informers.pods.get(podName);
      const account = informers.serviceAccounts.get(objectName);
      return {
        hostname: pod?.metadata.uid === podUid ? pod.spec?.hostname : undefined,
        allotted: allottedNames(account, generationId),
        serviceNames: serviceNamesOf(account, generationId),
      };
    },
    clock,
    onIssued: (module, kind, issued, name) => {
      const { moduleId } = module;
      const { notAfter } = issued;
      metrics.certificatesIssued.inc({ kind });
      trust.sawLeaf(module, kind, name, issued);
      log.info({ moduleId, kind, notAfter: new Date(notAfter).toISOString() }, "certificate issued");
    },
  });
}
