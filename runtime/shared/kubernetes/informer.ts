import {
  type Clock,
  createBackoff,
  EdgeError,
  type Informer,
  type Kind,
  type KubernetesObject,
  pause,
  type Selection,
} from "#base";
import type { Logger } from "../logger.ts";
import type { ApiClient } from "./api-client.ts";
import { namespacedPath } from "./kinds.ts";
import { listPages } from "./list-pages.ts";
import { type WatchEvent, watch } from "./watch.ts";

/** A watch that brings neither event nor bookmark for so long is taken for dead. Bookmarks come about each minute. */
const maxSilence = 5 * 60_000;
/** The server closes a watch after 5 to 10 minutes, so that many informers do not all reconnect at once. */
const minWatchSeconds = 300;
/** Objects of one page: as many are in memory as text at the same time. */
const pageSize = 250;

export interface InformerOptions<T> {
  readonly client: ApiClient;
  readonly namespace: string;
  readonly kind: Kind<T>;
  readonly selection?: Selection;
  /** What is kept of an object: what a daemon never reads need not take its memory. All by default. */
  readonly keep?: (object: T) => T;
  readonly clock: Clock;
  /** Number in [0, 1), as `Math.random` gives. */
  readonly random: () => number;
  readonly logger: Logger;
}

/** Makes an informer over list and watch of a real API server. `managedFields` are left out of its objects. */
export function createInformer<T extends KubernetesObject>(options: InformerOptions<T>): Informer<T> {
  const { client, namespace, kind, selection = {}, keep = (object) => object, clock, random, logger } = options;
  const path = namespacedPath(kind, namespace);
  let objects: Map<string, T> = new Map();
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  const backoff = createBackoff({ random });
  let version: string | undefined;
  let lastContact = 0;

  async function list(): Promise<string> {
    const found = new Map<string, T>();
    let listed = "";
    const all = { path, selection, size: pageSize, signal: stopping.signal };
    for await (const { items, metadata } of listPages<T>(client, all)) {
      for (const item of items) put(found, { ...item, apiVersion: kind.apiVersion, kind: kind.kind });
      listed = metadata.resourceVersion;
    }
    objects = found;
    heard();
    return listed;
  }

  function heard(): void {
    lastContact = clock.now();
    backoff.reset();
  }

  const put = (into: Map<string, T>, object: T) => into.set(object.metadata.name, keep(withoutManagedFields(object)));

  function take(event: WatchEvent<T>): boolean {
    version = event.object.metadata.resourceVersion;
    if (event.type === "BOOKMARK") return false;
    if (event.type === "DELETED") objects.delete(event.object.metadata.name);
    else put(objects, event.object);
    return true;
  }

  /** Follows changes until the server closes the watch. Silence ends it as an error, so that the objects are relisted. */
  async function follow(from: string): Promise<void> {
    const watching = new AbortController();
    const signal = AbortSignal.any([watching.signal, stopping.signal]);
    const timeoutSeconds = minWatchSeconds + Math.floor(random() * minWatchSeconds);
    const arm = () => clock.after(maxSilence, () => watching.abort(new Error("the watch is silent")));
    let disarm = arm();
    try {
      for await (const batch of watch<T>(client, { path, selection, resourceVersion: from, timeoutSeconds, signal })) {
        disarm();
        disarm = arm();
        heard();
        if (batch.map(take).includes(true)) notify();
      }
    } finally {
      disarm();
      watching.abort();
    }
  }

  function notify(): void {
    for (const listener of listeners) listener();
  }

  async function run(listed: () => void): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (version === undefined) {
          version = await list();
          listed();
          notify();
        }
        await follow(version);
      } catch (error) {
        if (stopping.signal.aborted) return;
        version = undefined;
        if (isGone(error)) logger.info({ path }, "watch is too old, listing again");
        else logger.warn({ error, path }, "list or watch failed");
      }
      await pause(clock, backoff.next(), stopping.signal);
    }
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        stopping.signal.addEventListener("abort", () => reject(new Error(`informer of ${path} was stopped`)));
        void run(resolve);
      }),
    stop: () => stopping.abort(),
    get: (name) => objects.get(name),
    list: () => [...objects.values()],
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get lastContact() {
      return lastContact;
    },
  };
}

function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function isGone(error: unknown): boolean {
  return error instanceof EdgeError && error.code === "EDGE_KUBERNETES_GONE";
}
