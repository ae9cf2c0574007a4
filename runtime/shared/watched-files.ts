import { readFile, stat } from "node:fs/promises";
import type { Clock } from "#base";
import { runtimeErrors } from "./errors.ts";

/** A value made from mounted files, which follows them. */
export interface Watched<T> {
  /** Made from the last content that was good. */
  readonly current: T;
  /** Called after each change of {@link current}. Returns the unsubscriber. */
  onChange(listener: (value: T) => void): () => void;
  stop(): void;
}

export interface WatchOptions<T> {
  readonly paths: readonly string[];
  /** Makes the value from the files' text, in the order of `paths`. What it throws keeps the last good value. */
  readonly load: (texts: readonly string[]) => T | Promise<T>;
  readonly clock: Clock;
  /** Milliseconds between looks; default 5000. */
  readonly interval?: number;
  /** Called after a look that found a change. `error` is set when the new content is not good. */
  readonly onReload?: (error?: unknown) => void;
  readonly read?: (path: string) => Promise<string>;
}

const defaultInterval = 5000;
/** As much as a ConfigMap or Secret can hold. */
const maxBytes = 1024 * 1024;

/**
 * Loads `paths` and polls their content. Change notifications are not relied on: the kubelet swaps a symbolic
 * link, which they miss now and then.
 *
 * @throws what `load` throws at the first look, or EDGE_RUNTIME_FILE_UNREADABLE
 */
export async function watchFiles<T>(options: WatchOptions<T>): Promise<Watched<T>> {
  const { paths, load, clock, interval = defaultInterval, onReload, read = readBounded } = options;
  const listeners = new Set<(value: T) => void>();
  let seen = await readAll(paths, read);
  let current = await load(seen);
  let stopped = false;
  let cancel = clock.after(interval, look);

  function look(): void {
    void reload().finally(() => {
      if (!stopped) cancel = clock.after(interval, look);
    });
  }

  async function reload(): Promise<void> {
    try {
      const texts = await readAll(paths, read);
      if (texts.every((text, index) => text === seen[index])) return;
      seen = texts;
      current = await load(texts);
    } catch (error) {
      onReload?.(error);
      return;
    }
    onReload?.();
    for (const listener of listeners) listener(current);
  }

  return {
    get current() {
      return current;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}

function readAll(paths: readonly string[], read: (path: string) => Promise<string>): Promise<string[]> {
  return Promise.all(paths.map((path) => read(path)));
}

/**
 * The text of a mounted file.
 *
 * @throws EDGE_RUNTIME_FILE_UNREADABLE when it is missing or above 1 MiB
 */
export async function readBounded(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= maxBytes) return await readFile(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw runtimeErrors.EDGE_RUNTIME_FILE_UNREADABLE({ path, reason }, { cause: error });
  }
  throw runtimeErrors.EDGE_RUNTIME_FILE_UNREADABLE({ path, reason: `larger than ${maxBytes} bytes` });
}
