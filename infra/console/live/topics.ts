import type { Timer } from "#base";

/** Something that is looked at again and again as long as somebody watches it. */
export interface Topic {
  /** As it is now. It does not throw: what fails is part of what is shown. */
  read(): Promise<string>;
  /** Milliseconds from one look to the next. */
  readonly interval: number;
}

interface Watched {
  readonly watchers: Set<(text: string) => void>;
  readonly stop: AbortController;
  latest: string | undefined;
}

/** Looks at each topic once for all who watch it, so that many open pages ask a cluster no more than one does. */
export class Topics {
  readonly #timer: Timer;
  readonly #watched = new Map<string, Watched>();

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /**
   * @param key equal for the same topic
   * @param tell is called with what is there, and whenever that has become another
   * @returns what ends it
   */
  watch(key: string, topic: Topic, tell: (text: string) => void): () => void {
    const known = this.#watched.get(key);
    const watched = known ?? { watchers: new Set(), stop: new AbortController(), latest: undefined };
    watched.watchers.add(tell);
    if (known === undefined) {
      this.#watched.set(key, watched);
      void this.#follow(topic, watched);
    } else if (known.latest !== undefined) tell(known.latest);
    return () => {
      watched.watchers.delete(tell);
      if (watched.watchers.size > 0 || this.#watched.get(key) !== watched) return;
      this.#watched.delete(key);
      watched.stop.abort();
    };
  }

  /** How many topics are looked at. */
  get size(): number {
    return this.#watched.size;
  }

  async #follow({ read, interval }: Topic, watched: Watched): Promise<void> {
    const { signal } = watched.stop;
    while (!signal.aborted) {
      const text = await read();
      if (signal.aborted) return;
      if (text !== watched.latest) {
        watched.latest = text;
        for (const tell of watched.watchers) tell(text);
      }
      await this.#timer.sleep(interval, signal).catch(() => {});
    }
  }
}
