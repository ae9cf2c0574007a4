import type { KubeConfig } from "@kubernetes/client-node";
import { createTransport, type NoAnswer, parseJson, type Transport } from "#base";
import { kubernetesErrors } from "./errors.ts";
import { kubectlFor } from "./kubeconfig.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Media type of the answer. @default application/json */
  readonly accept?: string;
  /** Milliseconds until the answer must be there. @default 60000 */
  readonly timeout?: number;
}

export interface ApiResponse {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API server sent
  readonly body: any;
  /** The server's clock, as its answer tells it. */
  readonly date?: string;
}

/** Sends one request. Every HTTP status is an answer; no answer is EDGE_APPLY_UNREACHABLE. */
export type SendRequest = (request: ApiRequest) => Promise<ApiResponse>;

/** Opens an answer of any length; `read` gives its bytes as they come. */
export type OpenStream = (request: StreamRequest, signal: AbortSignal) => Promise<ApiStream>;

export interface StreamRequest extends Pick<ApiRequest, "path" | "query"> {
  /** Whether the answer may pause for any time, as a log that is followed does. */
  readonly follow?: boolean;
}

export interface ApiStream {
  readonly status: number;
  readonly read: AsyncIterable<Uint8Array>;
}

const requestTimeout = 60_000;
/** After this time credentials are asked for again: they may be short-lived tokens of a plugin. */
const credentialsLifetime = 30_000;

/**
 * Sends requests with the credentials of the kubeconfig's current context. Objects are passed on as they are, where the
 * client library's own object API would drop fields that it does not know.
 */
export function createSender(config: KubeConfig, now?: () => number): SendRequest {
  const transport = transportOf(config, now);
  return async ({ timeout = requestTimeout, ...request }) => {
    try {
      const { status, text, date } = await transport.send(request, { timeout });
      return { status, body: parseJson(text) ?? { message: text.slice(0, 500) }, ...(date !== undefined && { date }) };
    } catch (failure) {
      throw unreachable(config, failure as NoAnswer, timeout);
    }
  };
}

/** Sends GET requests for answers that come slowly, or are too long to be held at once. No answer is EDGE_APPLY_UNREACHABLE. */
export function createStreamer(config: KubeConfig): OpenStream {
  const transport = transportOf(config);
  return async ({ follow, ...request }, signal) => {
    const limits = { headersTimeout: requestTimeout, bodyTimeout: follow ? 0 : requestTimeout, signal };
    try {
      const { status, body } = await transport.open({ ...request, method: "GET", accept: "*/*" }, limits);
      return { status, read: body };
    } catch (failure) {
      if (signal.aborted) throw (failure as NoAnswer).cause;
      throw unreachable(config, failure as NoAnswer, requestTimeout);
    }
  };
}

function transportOf(kubeConfig: KubeConfig, now?: () => number): Transport {
  return createTransport({ kubeConfig, credentialsLifetime, ...(now && { now }) });
}

function unreachable(config: KubeConfig, { timedOut, message, cause }: NoAnswer, timeout: number) {
  const server = config.getCurrentCluster()?.server.replace(/\/$/, "") ?? "";
  const problem = timedOut ? `no answer within ${timeout / 1000} s` : message;
  return kubernetesErrors.EDGE_APPLY_UNREACHABLE({ server, kubectl: kubectlFor(config), problem }, { cause });
}
