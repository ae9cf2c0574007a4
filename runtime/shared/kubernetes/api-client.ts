import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { Agent, type Dispatcher, request as send } from "undici";
import { connectionError, statusError } from "./api-errors.ts";
import { kubernetesErrors } from "./errors.ts";

/** One call of the Kubernetes API. */
export interface ApiRequest {
  /** Kubernetes verb, for error messages: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`. */
  readonly verb: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Media type of `body`. Default `application/json`. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** Sends requests to one API server, with credentials that are re-read as they rotate. */
export interface ApiClient {
  /** Sends and parses the answer. Throws the `EdgeError` of `EDGE_KUBERNETES_*` that fits every answer but 2xx. */
  call<T>(request: ApiRequest): Promise<T>;
  /** Opens an answer that has no end, such as a watch; yields its bytes. The caller bounds it by `signal`. */
  stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

const methods: Readonly<Record<string, Dispatcher.HttpMethod>> = {
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
};
const defaultTimeout = 15_000;
/** Requests in flight to the API server at most; watches do not count. */
const maxConnections = 16;

/**
 * Makes a client for the cluster that `kubeConfig` points at. The client library makes a connection pool for every
 * request; this one keeps a pool for as long as the TLS files stay the same.
 *
 * @param options.timeoutMilliseconds longest wait for the whole answer of `call`, and for the head of `stream`
 */
export function createApiClient(options: {
  readonly kubeConfig: KubeConfig;
  readonly timeoutMilliseconds?: number;
}): ApiClient {
  const { kubeConfig, timeoutMilliseconds = defaultTimeout } = options;
  const server = kubeConfig.getCurrentCluster()?.server ?? "";
  let pools: Pools | undefined;

  async function open(request: ApiRequest, streaming: boolean, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const credentials: RequestOptions = {};
    await kubeConfig.applyToHTTPSOptions(credentials);
    pools = reusePools(pools, credentials);
    const sending = send(urlOf(server, request), {
      method: methods[request.verb] ?? "GET",
      headers: headersOf(credentials, request),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      dispatcher: streaming ? pools.streams : pools.calls,
      headersTimeout: timeoutMilliseconds,
      bodyTimeout: 0,
      signal,
    });
    // While it connects, the library heeds no signal.
    return untilAborted(sending, signal);
  }

  async function call<T>(request: ApiRequest): Promise<T> {
    const deadline = AbortSignal.timeout(timeoutMilliseconds);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    let status: number;
    let text: string;
    try {
      const response = await open(request, false, signal);
      status = response.statusCode;
      text = await response.body.text();
    } catch (error) {
      throw connectionError(request, error, deadline.aborted, timeoutMilliseconds);
    }
    if (status >= 300) throw statusError(request, status, text);
    return parseBody<T>(request, status, text);
  }

  async function stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    let response: Dispatcher.ResponseData;
    try {
      response = await open(request, true, request.signal ?? new AbortController().signal);
      if (response.statusCode < 300) return response.body;
    } catch (error) {
      throw connectionError(request, error, false, timeoutMilliseconds);
    }
    throw statusError(request, response.statusCode, await response.body.text());
  }

  return { call, stream, close: async () => pools?.close() };
}

/** Settles as `work` does, or rejects at once when the signal aborts. Nothing stays at the signal afterwards. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function parseBody<T>(request: ApiRequest, status: number, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw kubernetesErrors.EDGE_KUBERNETES_FAILED({
      verb: request.verb,
      path: request.path,
      status: `${status} and no JSON`,
    });
  }
}

interface Pools {
  readonly tls: TlsOptions;
  readonly calls: Agent;
  readonly streams: Agent;
  close(): Promise<void>;
}

type TlsOptions = Pick<RequestOptions, "ca" | "cert" | "key" | "rejectUnauthorized" | "servername">;

/** The present pools, or new ones when a TLS file was replaced. Streams of the old ones run on until they end. */
function reusePools(present: Pools | undefined, credentials: RequestOptions): Pools {
  const tls: TlsOptions = Object.fromEntries(
    (["ca", "cert", "key", "rejectUnauthorized", "servername"] as const)
      .filter((key) => credentials[key] !== undefined)
      .map((key) => [key, credentials[key]]),
  );
  if (present !== undefined && sameTls(present.tls, tls)) return present;
  void present?.calls.close();
  void present?.streams.close();
  const connect = { ...(tls as object), keepAlive: true };
  const calls = new Agent({ connect, connections: maxConnections, allowH2: false });
  const streams = new Agent({ connect, allowH2: false });
  return { tls, calls, streams, close: async () => void (await Promise.all([calls.destroy(), streams.destroy()])) };
}

function sameTls(one: TlsOptions, other: TlsOptions): boolean {
  return JSON.stringify(one, readable) === JSON.stringify(other, readable);
}

function readable(_key: string, value: unknown): unknown {
  return Buffer.isBuffer(value) ? value.toString("base64") : value;
}

function urlOf(server: string, request: ApiRequest): URL {
  const url = new URL(server.replace(/\/$/, "") + request.path);
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  return url;
}

function headersOf(credentials: RequestOptions, request: ApiRequest): Record<string, string> {
  const headers: Record<string, string> = { accept: "application/json" };
  for (const [key, value] of Object.entries(credentials.headers ?? {})) headers[key.toLowerCase()] = String(value);
  if (credentials.auth) headers.authorization = `Basic ${Buffer.from(credentials.auth).toString("base64")}`;
  if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
  return headers;
}
