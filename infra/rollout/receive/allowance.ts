/** How many requests one may make: `burst` at once, and one more after each `everyMs`. */
export class Allowance {
  readonly #burst: number;
  readonly #everyMs: number;
  #left: number;
  #at: number;

  constructor({ burst, everyMs }: { readonly burst: number; readonly everyMs: number }, now: number) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#left = burst;
    this.#at = now;
  }

  /** Whether there is one left; then it is taken. */
  take(now: number): boolean {
    const passed = Math.max(0, now - this.#at) / this.#everyMs;
    this.#left = Math.min(this.#burst, this.#left + passed);
    this.#at = Math.max(this.#at, now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
