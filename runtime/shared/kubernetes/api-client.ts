import type { KubeConfig } from "@kubernetes/client-node";
import { createTransport, type NoAnswer, parseJson, type TransportRequest } from "#base";
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

const methods: Readonly<Record<string, TransportRequest["method"]>> = {
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
};
const defaultTimeout = 15_000;

/**
 * Makes a client for the cluster that `kubeConfig` points at.
 *
 * @param options.timeoutMilliseconds longest wait for the whole answer of `call`, and for the head of `stream`
 */
export function createApiClient(options: {
  readonly kubeConfig: KubeConfig;
  readonly timeoutMilliseconds?: number;
}): ApiClient {
  const { kubeConfig, timeoutMilliseconds: timeout = defaultTimeout } = options;
  const transport = createTransport({ kubeConfig });

  async function call<T>(request: ApiRequest): Promise<T> {
    const { status, text } = await answered(
      request,
      transport.send(toSend(request), { timeout, signal: request.signal }),
    );
    if (status >= 300) throw statusError(request, status, text);
    const value = parseJson(text);
    if (value !== undefined) return value as T;
    throw kubernetesErrors.EDGE_KUBERNETES_FAILED({
      verb: request.verb,
      path: request.path,
      status: `${status} and no JSON`,
    });
  }

  async function stream(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    const limits = { headersTimeout: timeout, bodyTimeout: 0, signal: request.signal };
    const { status, body } = await answered(request, transport.open(toSend(request), limits));
    if (status < 300) return body;
    throw statusError(request, status, await body.text());
  }

  async function answered<T>(request: ApiRequest, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (failure) {
      throw connectionError(request, failure as NoAnswer, timeout);
    }
  }

  return { call, stream, close: () => transport.close() };
}

function toSend({ verb, path, query, body, contentType }: ApiRequest): TransportRequest {
  return { method: methods[verb] ?? "GET", path, query, body, contentType };
}
