import type { KubeConfig } from "@kubernetes/client-node";
import {
  type ApiResponse,
  type Cluster,
  checkResponse,
  createCluster,
  createDiscovery,
  createSender,
  type Discovery,
  loadKubeConfig,
  type SendRequest,
} from "../../../kubernetes/index.ts";
import type { ClusterTarget } from "../../model/index.ts";

/** The ways in which a driver talks to a cluster. */
export interface ClusterAccess {
  readonly cluster: Cluster & { readonly config: KubeConfig };
  readonly send: SendRequest;
  readonly discovery: Discovery;
  /** Throws unless the answer is a success. */
  readonly check: (response: ApiResponse, verb: string, object: string) => void;
}

/** Reads the kubeconfig. Nothing is sent before the first call. */
export async function openAccess(target: ClusterTarget): Promise<ClusterAccess> {
  const config = await loadKubeConfig(target);
  const { context } = target;
  const server = config.getCurrentCluster()?.server ?? "";
  const send = createSender(config);
  const check = (response: ApiResponse, verb: string, object: string) =>
    checkResponse({ context, server }, response, verb, object);
  const cluster = { ...createCluster(send, { context, server }), config };
  return { cluster, send, discovery: createDiscovery(send, check), check };
}
