import type { V1Status } from "@kubernetes/client-node";
import type { KubernetesObject, Selection } from "#base";
import type { ApiClient } from "./api-client.ts";
import { kubernetesErrors } from "./errors.ts";

/** One event of a watch. `BOOKMARK` carries a resource version and nothing else. */
export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** Longest line, in characters, that a watch may send: far above the 1.5 MB of the largest object in etcd. */
const maxLine = 4_000_000;

/**
 * Follows the changes of a collection after `resourceVersion`; yields what arrived together as one batch, and ends when
 * the server closes the watch.
 *
 * @throws EDGE_KUBERNETES_GONE when the version is too old: list again
 */
export async function* watch<T extends KubernetesObject>(
  client: ApiClient,
  options: {
    readonly path: string;
    readonly selection: Selection;
    readonly resourceVersion: string;
    /** After how many seconds the server shall close the watch. */
    readonly timeoutSeconds: number;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<readonly WatchEvent<T>[]> {
  const { path, selection, resourceVersion, timeoutSeconds, signal } = options;
  const query = {
    ...selection,
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
  };
  const bytes = await client.stream({ verb: "watch", path, query, signal });
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > maxLine)
      throw kubernetesErrors.EDGE_KUBERNETES_FAILED({ verb: "watch", path, status: "too long" });
    const batch = lines.filter((line) => line !== "").map((line) => parseEvent<T>(line, path));
    if (batch.length > 0) yield batch;
  }
}

function parseEvent<T>(line: string, path: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  if (event.type !== "ERROR") return event as WatchEvent<T>;
  const { code = 500 } = event.object as V1Status;
  const define = code === 410 ? kubernetesErrors.EDGE_KUBERNETES_GONE : kubernetesErrors.EDGE_KUBERNETES_FAILED;
  throw define({ verb: "watch", path, status: code });
}
