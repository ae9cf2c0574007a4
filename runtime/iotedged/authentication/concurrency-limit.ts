import type { Clock } from "#base";

/** Thrown to a caller for whom there is no room, or whose turn did not come in time. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
}

interface Waiter {
  admit(): void;
}

/** Lets so many tasks run at once and so many wait, in order and not for ever. The rest is turned away at once. */
export class ConcurrencyLimit {
  readonly #waiters = new Set<Waiter>();
  readonly #clock: Clock;
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  readonly #patience: number;
  #running = 0;

  /** @param options.patience longest wait for a turn in milliseconds */
  constructor(options: {
    readonly clock: Clock;
    readonly maxRunning: number;
    readonly maxWaiting: number;
    readonly patience: number;
  }) {
    this.#clock = options.clock;
    this.#maxRunning = options.maxRunning;
    this.#maxWaiting = options.maxWaiting;
    this.#patience = options.patience;
  }

  get running(): number {
    return this.#running;
  }

  /** @throws OverloadedError without having started the task */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#maxRunning) this.#running++;
    else await this.#turn();
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiters.size >= this.#maxWaiting) return Promise.reject(new OverloadedError("too many are waiting"));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          cancel();
          resolve();
        },
      };
      const cancel = this.#clock.after(this.#patience, () => {
        this.#waiters.delete(waiter);
        reject(new OverloadedError("waited too long"));
      });
      this.#waiters.add(waiter);
    });
  }

  /** Hands the place to the first in the queue, so that nobody overtakes. */
  #release(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#running--;
      return;
    }
    this.#waiters.delete(next);
    next.admit();
  }
}
