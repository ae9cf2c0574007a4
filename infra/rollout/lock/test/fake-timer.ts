import type { Timer } from "#base";

/** Time that a test moves. */
export class FakeTimer implements Timer {
  #time = 1_000_000;
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  now(): number {
    return this.#time;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sleeper = { until: this.#time + milliseconds, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass, and what has waited for it run. */
  async pass(ms: number): Promise<void> {
    this.#time += ms;
    for (const sleeper of [...this.#sleepers].filter(({ until }) => until <= this.#time)) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
