/**
 * What iotedged and EdgeAgent share: objects of Kubernetes kept by watches, leader election, settings, logs, health.
 *
 * @module
 */

export { isLess } from "#base";
export { createEventRecorder, type EventRecorder, type Notice, regardingOf } from "./event-recorder.ts";
export { everyAddress } from "./every-address.ts";
export { createHealth, type Health } from "./health.ts";
export { type ApiClient, createApiClient } from "./kubernetes/api-client.ts";
export { createInformer } from "./kubernetes/informer.ts";
export {
  type ConfigMap,
  clusterPath,
  configMaps,
  type Deployment,
  deployments,
  events,
  type Job,
  jobs,
  kindOf,
  type Node,
  namespacedPath,
  nodes,
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
} from "./kubernetes/kinds.ts";
export { loadKubeConfig } from "./kubernetes/kube-config.ts";
export { listPages } from "./kubernetes/list-pages.ts";
export { createObjectStore } from "./kubernetes/object-store.ts";
export { selfCheck } from "./kubernetes/self-check.ts";
export { silentWatches } from "./kubernetes/silent-watches.ts";
export { createLeadership, electByLease, type JoinElection } from "./leader-election/leadership.ts";
export { onTermination } from "./lifecycle.ts";
export { createLogger, type Logger } from "./logger.ts";
export { requireNode } from "./node-version.ts";
export { startObservabilityServer } from "./observability-server.ts";
export { hasEnded } from "./pod/has-ended.ts";
export { ownerReference } from "./pod/owner-reference.ts";
export { proxySidecar } from "./pod/proxy-sidecar.ts";
export { hardenedContainerSecurity, hardenedPodSecurity } from "./pod/security.ts";
export { kubernetesTokenMount, kubernetesTokenVolume, proxyVolumes } from "./pod/volumes.ts";
export { caughtUp } from "./reconcile/caught-up.ts";
export { desiredHashOf, withDesiredHash } from "./reconcile/desired-hash.ts";
export { differences } from "./reconcile/differences.ts";
export { createLoop, type Loop } from "./reconcile/loop.ts";
export { parseSettings, requireEnvironment } from "./settings.ts";
export { type PlaceHolder, SharedPlaces } from "./shared-places.ts";
export { version } from "./version.ts";
export { readBounded, type Watched, watchFiles } from "./watched-files.ts";
