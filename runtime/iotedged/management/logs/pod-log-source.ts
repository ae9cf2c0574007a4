import { type ApiClient, namespacedPath, pods } from "#shared";

/** What the API server is asked for of a container's log. */
export interface PodLogRequest {
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** The last so many lines. */
  readonly tail?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly maxBytes?: number;
  /** The log of the container's life before the present one. */
  readonly previous?: boolean;
}

/**
 * Opens the log of a container. Reads no faster than its consumer, and ends whenever `signal` aborts.
 *
 * @throws EdgeError EDGE_KUBERNETES_*: `NOT_FOUND` without pod, `INVALID` when the container has not started
 */
export type PodLogSource = (request: PodLogRequest, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export function createPodLogSource(client: ApiClient, namespace: string): PodLogSource {
  return ({ pod, container, follow, timestamps, tail, since, maxBytes, previous }, signal) =>
    client.stream({
      verb: "get",
      path: `${namespacedPath(pods, namespace, pod)}/log`,
      query: {
        container,
        ...(follow && { follow: "true" }),
        ...(timestamps && { timestamps: "true" }),
        ...(previous && { previous: "true" }),
        ...(tail !== undefined && { tailLines: String(tail) }),
        ...(since !== undefined && { sinceTime: new Date(since).toISOString() }),
        ...(maxBytes !== undefined && { limitBytes: String(maxBytes) }),
      },
      signal,
    });
}
