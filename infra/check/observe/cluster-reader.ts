import type { KubeConfig } from "@kubernetes/client-node";
import {
  type Cluster,
  type ClusterName,
  checkResponse,
  createCluster,
  createDiscovery,
  createSender,
  createStreamer,
  type Discovery,
  loadKubeConfig,
  type OpenStream,
  type SendRequest,
} from "../../kubernetes/index.ts";
import { checkErrors } from "../errors.ts";

/** How a cluster is looked at: no request waits long, and there are not many. */
export interface ClusterReader {
  readonly config: KubeConfig;
  readonly cluster: Cluster;
  readonly send: SendRequest;
  readonly discovery: Discovery;
  readonly open: OpenStream;
}

export interface ReaderLimits {
  /** Milliseconds for one answer. */
  readonly timeout: number;
  /** Requests in all. */
  readonly most: number;
}

export const usualLimits: ReaderLimits = { timeout: 5_000, most: 20_000 };

/** Reads the kubeconfig. Nothing is sent before the first call. */
export async function openReader(target: ClusterName, limits: ReaderLimits = usualLimits): Promise<ClusterReader> {
  const config = await loadKubeConfig(target);
  return readerOf(config, createSender(config), createStreamer(config), limits);
}

export function readerOf(
  config: KubeConfig,
  sender: SendRequest,
  open: OpenStream,
  limits: ReaderLimits = usualLimits,
): ClusterReader {
  const send = bounded(sender, limits);
  const named = { context: config.getCurrentContext(), server: config.getCurrentCluster()?.server ?? "" };
  const check = (response: Parameters<typeof checkResponse>[1], verb: string, object: string) =>
    checkResponse(named, response, verb, object);
  return { config, cluster: createCluster(send, named), send, discovery: createDiscovery(send, check), open };
}

function bounded(send: SendRequest, { timeout, most }: ReaderLimits): SendRequest {
  let sent = 0;
  return async (request) => {
    sent += 1;
    if (sent > most) throw checkErrors.EDGE_CHECK_TOO_MUCH({ most });
    return send({ timeout, ...request });
  };
}
