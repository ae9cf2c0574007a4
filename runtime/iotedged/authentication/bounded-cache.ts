import type { Clock } from "#base";

interface Entry<V> {
  readonly value: V;
  readonly until: number;
  /** When it was last moved to the end. */
  movedAt: number;
}

/** An entry is moved to the end at most this often, in milliseconds: each move leaves garbage behind. */
const restTime = 1000;

/** A cache of values that expire. When it is full, the least recently used goes first, to the second. */
export class BoundedCache<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #clock: Clock;
  readonly #capacity: number;

  constructor(options: { readonly clock: Clock; readonly capacity: number }) {
    this.#clock = options.clock;
    this.#capacity = options.capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = this.#clock.now();
    if (entry.until <= now) this.#entries.delete(key);
    else if (now - entry.movedAt >= restTime) this.#moveToEnd(key, entry, now);
    return entry.until <= now ? undefined : entry.value;
  }

  /** @param until milliseconds since the epoch; in the past, nothing is kept */
  set(key: string, value: V, until: number): void {
    this.#entries.delete(key);
    const now = this.#clock.now();
    if (until <= now) return;
    if (this.#entries.size >= this.#capacity) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, until, movedAt: now });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #moveToEnd(key: string, entry: Entry<V>, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.movedAt = now;
  }
}
