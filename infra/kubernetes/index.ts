/**
 * The API of a cluster as edgectl calls it: kubeconfigs, discovery, server-side apply, streams, commands in pods.
 *
 * @module
 */

export {
  type ApiResponse,
  createSender,
  createStreamer,
  type OpenStream,
  type SendRequest,
  type StreamRequest,
} from "./api-request.ts";
export { checkResponse } from "./check-response.ts";
export { connect, createCluster } from "./cluster.ts";
export { createDiscovery, type Discovery } from "./discovery.ts";
export { execInPod } from "./exec.ts";
export { type ClusterName, clusterNameOf, kubectlCommand, kubectlFor, loadKubeConfig } from "./kubeconfig.ts";
export {
  type Cluster,
  describeRef,
  groupOf,
  type Kind,
  type LiveObject,
  type ObjectToApply,
  refOf,
} from "./kubernetes-types.ts";
export { connectToPod, type PodPort } from "./port-forward.ts";
export {
  formatMinor,
  isBelow,
  type MinorVersion,
  minorOf,
  oldestKubernetes,
  requireSupportedServer,
} from "./server-version.ts";
