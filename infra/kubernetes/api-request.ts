import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";
import { type Dispatcher, request as send } from "undici";
import { kubernetesErrors } from "./errors.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Milliseconds until there has to be an answer. @default 60000 */
  readonly timeout?: number;
}

export interface ApiResponse {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API server sent
  readonly body: any;
}

/** Sends one request. Every HTTP status is an answer; no answer is EDGE_APPLY_UNREACHABLE. */
export type SendRequest = (request: ApiRequest) => Promise<ApiResponse>;

/** Opens an answer of any length; `read` gives its bytes as they come. */
export type OpenStream = (request: StreamRequest, signal: AbortSignal) => Promise<ApiStream>;

export interface StreamRequest extends Pick<ApiRequest, "path" | "query"> {
  /** Whether nothing may come for as long as it likes. */
  readonly follow?: boolean;
}

export interface ApiStream {
  readonly status: number;
  readonly read: AsyncIterable<Uint8Array>;
}

const requestTimeout = 60_000;
/** Credentials may be short-lived tokens of a plugin, so they are asked for again after this time. */
const credentialsLifetime = 30_000;

/**
 * Sends requests with the credentials of the kubeconfig's current context: client certificates, tokens, plugins,
 * proxies, as the client library does it. Objects are passed on as they are, where the library's own object API would
 * drop fields that it does not know.
 */
export function createSender(config: KubeConfig, now: () => number = Date.now): SendRequest {
  const server = serverOf(config);
  const context = config.getCurrentContext();
  const authenticate = createAuthentication(config, server, now);
  return async (request) => {
    const { timeout = requestTimeout } = request;
    try {
      const prepared = await authenticate();
      const response = await send(urlOf(server, request), {
        method: request.method,
        headers: {
          ...prepared.getHeaders(),
          accept: "application/json",
          ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal: AbortSignal.timeout(timeout),
        ...dispatcherOf(prepared),
      });
      return { status: response.statusCode, body: parse(await response.body.text()) };
    } catch (cause) {
      throw kubernetesErrors.EDGE_APPLY_UNREACHABLE(
        { server, context, problem: problemOf(cause as Error, timeout) },
        { cause },
      );
    }
  };
}

/** Sends GET requests for answers that come slowly, or are too long to be held at once. No answer is EDGE_APPLY_UNREACHABLE. */
export function createStreamer(config: KubeConfig, now: () => number = Date.now): OpenStream {
  const server = serverOf(config);
  const context = config.getCurrentContext();
  const authenticate = createAuthentication(config, server, now);
  return async (request, signal) => {
    try {
      const prepared = await authenticate();
      const { statusCode, body } = await send(urlOf(server, request), {
        headers: prepared.getHeaders(),
        headersTimeout: requestTimeout,
        bodyTimeout: request.follow ? 0 : requestTimeout,
        signal,
        ...dispatcherOf(prepared),
      });
      return { status: statusCode, read: body };
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw kubernetesErrors.EDGE_APPLY_UNREACHABLE({ server, context, problem: problemOf(cause as Error) }, { cause });
    }
  };
}

function createAuthentication(config: KubeConfig, server: string, now: () => number): () => Promise<RequestContext> {
  let credentials: { readonly until: number; readonly ready: Promise<RequestContext> } | undefined;
  return () => {
    if (credentials === undefined || credentials.until < now()) {
      const ready = authenticated(config, server);
      credentials = { until: now() + credentialsLifetime, ready };
      // A plugin that failed is asked again by the next request.
      ready.catch(() => {
        credentials = undefined;
      });
    }
    return credentials.ready;
  };
}

function serverOf(config: KubeConfig): string {
  return (config.getCurrentCluster()?.server ?? "").replace(/\/$/, "");
}

async function authenticated(config: KubeConfig, server: string): Promise<RequestContext> {
  const context = new RequestContext(server, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  return context;
}

function dispatcherOf(context: RequestContext): { dispatcher?: Dispatcher } {
  const dispatcher = context.getDispatcher();
  return dispatcher === undefined ? {} : { dispatcher };
}

function urlOf(server: string, request: Pick<ApiRequest, "path" | "query">): URL {
  const url = new URL(server + request.path);
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  return url;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 500) };
  }
}

function problemOf(error: NodeJS.ErrnoException, timeout = requestTimeout): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (error.name === "TimeoutError") return `no answer within ${timeout / 1000} s`;
  return error.code ?? cause?.code ?? cause?.message ?? error.message;
}
