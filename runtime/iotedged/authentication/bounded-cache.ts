import type { Clock } from "../../shared/clock.ts";

interface Entry<V> {
  readonly value: V;
  readonly until: number;
}

/** Values that count for a time, at most so many: the one unused for longest goes first. */
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
    this.#entries.delete(key);
    if (entry.until <= this.#clock.now()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param until milliseconds since the epoch; nothing is kept when that is over already */
  set(key: string, value: V, until: number): void {
    this.#entries.delete(key);
    if (until <= this.#clock.now()) return;
    if (this.#entries.size >= this.#capacity) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { value, until });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
