import type { Clock } from "../../model/ports.ts";

/** A clock that a test moves. */
export class FakeClock implements Clock {
  private time = 1_000_000;
  private readonly sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();

  now(): number {
    return this.time;
  }

  sleepUntil(until: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sleeper = { until, wake: resolve };
      this.sleepers.add(sleeper);
      signal.addEventListener("abort", () => {
        this.sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass, and what has waited for it run. */
  async pass(ms: number): Promise<void> {
    this.time += ms;
    for (const sleeper of [...this.sleepers].filter(({ until }) => until <= this.time)) {
      this.sleepers.delete(sleeper);
      sleeper.wake();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
