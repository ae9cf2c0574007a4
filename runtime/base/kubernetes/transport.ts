import type { RequestOptions } from "node:https";
import type { KubeConfig, RequestContext } from "@kubernetes/client-node";
import type { Dispatcher } from "undici";
import { jsonForYaml } from "../json-for-yaml.ts";
import { untilAborted } from "../wait.ts";

/** One request to an API server. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: unknown;
  /** Media type of `body`. @default application/json */
  readonly contentType?: string | undefined;
  /** Media type of the answer. @default application/json */
  readonly accept?: string;
}

/** Carries requests to one API server. Every HTTP status is an answer. */
export interface Transport {
  /**
   * Sends a request and reads the whole answer. `date` is the server's clock as the answer tells it.
   *
   * @param limits.timeout milliseconds until the answer has to be there
   * @throws NoAnswer
   */
  send(
    request: TransportRequest,
    limits: { readonly timeout: number; readonly signal?: AbortSignal | undefined },
  ): Promise<{ readonly status: number; readonly text: string; readonly date?: string }>;
  /**
   * Opens an answer of any length.
   *
   * @param limits.headersTimeout milliseconds until the answer has to begin
   * @param limits.bodyTimeout longest silence within the answer in milliseconds; 0: it may last for ever
   * @throws NoAnswer
   */
  open(
    request: TransportRequest,
    limits: {
      readonly headersTimeout: number;
      readonly bodyTimeout: number;
      readonly signal?: AbortSignal | undefined;
    },
  ): Promise<{ readonly status: number; readonly body: Dispatcher.ResponseData["body"] }>;
  /** Ends all connections, and what runs over them. */
  close(): Promise<void>;
}

/** A request got no answer, or not all of it. `message` is the short reason: the code of the cause, if it has one. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** Whether the time was up. */
  readonly timedOut: boolean;

  constructor(cause: unknown, timedOut: boolean) {
    super(reasonOf(cause), { cause });
    this.timedOut = timedOut;
  }
}

/** Requests in flight to the API server at most; open answers do not count. */
const maxConnections = 16;

/**
 * Makes a transport for the current context of `kubeConfig`, with its client certificates, tokens, plugins and proxies.
 * The client library makes a connection pool for every request; this one keeps a pool for as long as the TLS files stay
 * the same.
 *
 * @param options.credentialsLifetime milliseconds for which credentials are used before they are asked for again, where
 *   a plugin is slow. Default 0: they follow the files that they are read from
 */
export function createTransport(options: {
  readonly kubeConfig: KubeConfig;
  readonly credentialsLifetime?: number;
  readonly now?: () => number;
}): Transport {
  const { kubeConfig, credentialsLifetime = 0, now = Date.now } = options;
  // Here, so that who imports this file and sends nothing does not load it.
  const library = import("undici");
  const cluster = kubeConfig.getCurrentCluster();
  const server = (cluster?.server ?? "").replace(/\/$/, "");
  let kept: { readonly until: number; readonly credentials: Promise<RequestOptions> } | undefined;
  let pools: Pools | undefined;

  function credentialsOf(): Promise<RequestOptions> {
    if (kept !== undefined && kept.until >= now()) return kept.credentials;
    const credentials = readCredentials(kubeConfig);
    kept = { until: now() + credentialsLifetime, credentials };
    // A plugin that failed is asked again by the next request.
    credentials.catch(() => {
      kept = undefined;
    });
    return credentials;
  }

  /** The present pools, or new ones when a TLS file was replaced. Streams of the old ones run on until they end. */
  function poolsFor(tls: TlsOptions, { Agent }: typeof import("undici")): Pools {
    if (pools !== undefined && isSameTls(pools.tls, tls)) return pools;
    void pools?.end("close");
    if (cluster?.proxyUrl) return openPools(tls, tunnel());
    const connect = { ...(tls as object), keepAlive: true };
    const calls = new Agent({ connect, connections: maxConnections, allowH2: false });
    return openPools(tls, calls, new Agent({ connect, allowH2: false }));
  }

  function tunnel(): Promise<Dispatcher> {
    const opening = tunnelOf(kubeConfig);
    opening.catch(() => {
      pools = undefined;
    });
    return opening;
  }

  async function begin(
    request: TransportRequest,
    pool: "calls" | "streams",
    limits: Parameters<Transport["open"]>[1],
  ): Promise<Dispatcher.ResponseData> {
    const credentials = await credentialsOf();
    const undici = await library;
    pools = poolsFor(tlsOf(credentials), undici);
    const sending = undici.request(urlOf(server, request), {
      method: request.method,
      headers: headersOf(credentials, request),
      body: request.body === undefined ? null : jsonForYaml(request.body),
      dispatcher: await pools[pool],
      headersTimeout: limits.headersTimeout,
      bodyTimeout: limits.bodyTimeout,
      ...(limits.signal && { signal: limits.signal }),
    });
    // While it connects, the library heeds no signal.
    return limits.signal === undefined ? sending : untilAborted(sending, limits.signal);
  }

  return {
    send: async (request, { timeout, signal }) => {
      const deadline = AbortSignal.timeout(timeout);
      const until = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
      try {
        const limits = { headersTimeout: timeout, bodyTimeout: 0, signal: until };
        const { statusCode, headers, body } = await begin(request, "calls", limits);
        const date = typeof headers.date === "string" ? { date: headers.date } : {};
        return { status: statusCode, text: await body.text(), ...date };
      } catch (cause) {
        throw new NoAnswer(cause, deadline.aborted);
      }
    },
    open: async (request, limits) => {
      try {
        const { statusCode, body } = await begin(request, "streams", limits);
        return { status: statusCode, body };
      } catch (cause) {
        throw new NoAnswer(cause, false);
      }
    },
    close: async () => pools?.end("destroy"),
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") return code;
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

interface Pools {
  readonly tls: TlsOptions;
  readonly calls: Dispatcher | Promise<Dispatcher>;
  readonly streams: Dispatcher | Promise<Dispatcher>;
  end(how: "close" | "destroy"): Promise<void>;
}

function openPools(tls: TlsOptions, calls: Pools["calls"], streams = calls): Pools {
  const end: Pools["end"] = async (how) => {
    const dispatchers = new Set(await Promise.all([calls, streams]));
    await Promise.all([...dispatchers].map((dispatcher) => dispatcher[how]()));
  };
  return { tls, calls, streams, end };
}

/** Through the proxy that the kubeconfig names, as the library goes: it speaks SOCKS, too. */
async function tunnelOf(kubeConfig: KubeConfig): Promise<Dispatcher> {
  const tunnel = Promise.withResolvers<Dispatcher>();
  // Not the library's class: it would bring the library into what only imports this file.
  const context = { setHeaderParam: () => {}, setDispatcher: tunnel.resolve };
  await kubeConfig.applySecurityAuthentication(context as unknown as RequestContext);
  return tunnel.promise;
}

const tlsKeys = ["ca", "cert", "key", "rejectUnauthorized", "servername"] as const;
type TlsOptions = Pick<RequestOptions, (typeof tlsKeys)[number]>;

function tlsOf(credentials: RequestOptions): TlsOptions {
  return Object.fromEntries(
    tlsKeys.filter((key) => credentials[key] !== undefined).map((key) => [key, credentials[key]]),
  );
}

function isSameTls(one: TlsOptions, other: TlsOptions): boolean {
  return tlsKeys.every((key) => {
    const [a, b] = [one[key], other[key]];
    return Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : a === b;
  });
}

async function readCredentials(kubeConfig: KubeConfig): Promise<RequestOptions> {
  const credentials: RequestOptions = {};
  await kubeConfig.applyToHTTPSOptions(credentials);
  return credentials;
}

function urlOf(server: string, { path, query = {} }: TransportRequest): URL {
  const url = new URL(server + path);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  return url;
}

function headersOf(credentials: RequestOptions, request: TransportRequest): Record<string, string> {
  const headers: Record<string, string> = { accept: request.accept ?? "application/json" };
  for (const [key, value] of Object.entries(credentials.headers ?? {})) headers[key.toLowerCase()] = String(value);
  if (credentials.auth) headers.authorization = `Basic ${Buffer.from(credentials.auth).toString("base64")}`;
  if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
  return headers;
}
