import { setTimeout as delay } from "node:timers/promises";

/** Clock of a daemon: the time, and callbacks after a delay. Tests pass a fake one. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once after `milliseconds`; returns what cancels it. The timer does not keep the process alive. */
  after(milliseconds: number, action: () => void): () => void;
}

/** Time as a command sees it, which waits and stays alive for that. Tests give their own. */
export interface Timer extends Pick<Clock, "now"> {
  /** Rejects when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

function after(milliseconds: number, action: () => void): () => void {
  const timer = setTimeout(action, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}

export const systemClock: Clock = { now: () => Date.now(), after };

export const systemTimer: Timer = {
  now: systemClock.now,
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal === undefined ? {} : { signal }),
};

/** Never jumps, though what it shows may be off when the system's clock was set: for measuring how long things last. */
export const monotonicClock: Clock = { now: () => performance.timeOrigin + performance.now(), after };

/** Waits as a daemon does; `signal` ends the wait early, which is no error. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(milliseconds, end);
    signal.addEventListener("abort", end);
  });
}
