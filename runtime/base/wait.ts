import { systemTimer, type Timer } from "./clock.ts";

/** Longer waits are split: Node.js limits a timer to 24 days, and a suspended machine would otherwise wake too late. */
const longestSleep = 60_000;

/** Resolves once it is `time`, at once when that is past. Rejects when `signal` aborts. */
export async function sleepUntil(timer: Timer, time: number, signal?: AbortSignal): Promise<void> {
  for (let left = time - timer.now(); left > 0; left = time - timer.now()) {
    await timer.sleep(Math.min(left, longestSleep), signal);
  }
}

export interface WaitOptions {
  readonly timer?: Timer | undefined;
  /** Seconds. */
  readonly timeout: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const shortestPause = 250;
const longestPause = 2000;

/**
 * Looks again and again until `look` returns a result, with growing pauses.
 *
 * @returns undefined when the time is up
 */
export async function waitFor<T>(look: () => Promise<T | undefined>, options: WaitOptions): Promise<T | undefined> {
  const timer = options.timer ?? systemTimer;
  const deadline = timer.now() + options.timeout * 1000;
  for (let pause = shortestPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    options.signal?.throwIfAborted();
    const result = await look();
    if (result !== undefined) return result;
    const left = deadline - timer.now();
    if (left <= 0) return undefined;
    await timer.sleep(Math.min(pause, left), options.signal);
  }
}

/** Settles as `work` does, or rejects at once when the signal aborts. Nothing stays at the signal afterwards. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
