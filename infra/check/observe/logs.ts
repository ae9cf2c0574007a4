import { mapConcurrently } from "#base";
import { loadScrubber, objectNames, proxyContainer } from "#contract";
import { checkResponse, type LiveObject } from "../../kubernetes/index.ts";
import { type AuditRefusal, type ProxyFailure, proxyFailureIn, refusalsIn } from "../after/log-lines.ts";
import { hasProxy, proxyOf } from "../after/proxy-container.ts";
import type { ClusterReader } from "./cluster-reader.ts";

const maxBytes = 256 * 1024;
/** How far back refusals are looked for, in seconds. */
const auditSeconds = 600;
const auditLines = 1000;
const proxyLines = 20;
/** Pods whose log is read at most. */
const [mostReplicas, mostProxies] = [3, 20] as const;
const patience = 5_000;

interface LogRequest {
  readonly container: string;
  readonly tail: number;
  readonly seconds?: number;
}

/** The end of a container's log, less what looks like a secret. Empty where the kubelet has none. */
async function readLog(
  { open, cluster }: ClusterReader,
  { metadata }: LiveObject,
  { container, tail, seconds }: LogRequest,
  signal: AbortSignal,
): Promise<string> {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/log`;
  const query = {
    container,
    tailLines: String(tail),
    limitBytes: String(maxBytes),
    sinceSeconds: seconds?.toString(),
  };
  const { status, read } = await open({ path, query }, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of read) {
    size += part.byteLength;
    if (size <= 2 * maxBytes) parts.push(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  // A container that has not started has no log; that is not for this to judge.
  if (status === 400 || status === 404) return "";
  checkResponse(cluster, { status, body: bodyOf(text) }, "get", `log of Pod ${metadata.namespace}/${metadata.name}`);
  return (await loadScrubber()).text(text);
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, maxMessage) };
  }
}
const maxMessage = 300;

/** iotedged's logs of the last minutes, of all its pods that run. */
export async function readAuditLog(
  reader: ClusterReader,
  pods: readonly LiveObject[],
  signal: AbortSignal,
  seconds = auditSeconds,
): Promise<string> {
  const own = pods.filter(({ metadata, spec, status }) => {
    const isOwn = spec?.containers?.some(({ name }: { name: string }) => name === objectNames.iotedged) === true;
    return isOwn && status?.phase === "Running" && metadata.deletionTimestamp === undefined;
  });
  const request = { container: objectNames.iotedged, tail: auditLines, seconds };
  const logs = await mapConcurrently(own.slice(0, mostReplicas), (pod) => readLog(reader, pod, request, signal));
  return logs.join("\n");
}

export async function readRefusals(
  reader: ClusterReader,
  pods: readonly LiveObject[],
  signal: AbortSignal,
): Promise<readonly AuditRefusal[]> {
  return refusalsIn(await readAuditLog(reader, pods, signal));
}

/** How far back requests count that a proxy which was ready before could not forward, in seconds. */
const proxySeconds = 60;

/**
 * What proxies that run have logged last of requests that they could not forward: one that is not ready yet, at any time;
 * another, which is never taken out of service for that, within the last minute.
 */
export async function readProxyFailures(
  reader: ClusterReader,
  pods: readonly LiveObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ProxyFailure>> {
  const proxies = pods.flatMap((pod) => {
    const proxy = proxyOf(pod);
    return hasProxy(pod) && proxy?.state?.running !== undefined ? [{ pod, isReady: proxy.started === true }] : [];
  });
  // Those that are not ready are told of in any case.
  const waitingFirst = proxies.toSorted((a, b) => Number(a.isReady) - Number(b.isReady));
  const found = await mapConcurrently(waitingFirst.slice(0, mostProxies), async ({ pod, isReady }) => {
    const request = { container: proxyContainer, tail: proxyLines, ...(isReady ? { seconds: proxySeconds } : {}) };
    const failure = proxyFailureIn(await readLog(reader, pod, request, signal));
    return failure === undefined ? [] : [[pod.metadata.name, failure] as const];
  });
  return new Map(found.flat());
}
