/** Time as the runtime sees it. Tests give their own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `action` once after `milliseconds`; returns what cancels it. The timer does not keep the process alive. */
  after(milliseconds: number, action: () => void): () => void;
}

function after(milliseconds: number, action: () => void): () => void {
  const timer = setTimeout(action, milliseconds);
  timer.unref();
  return () => clearTimeout(timer);
}

export const systemClock: Clock = { now: () => Date.now(), after };

/** Never jumps, though what it shows may be off when the system's clock was set: for measuring how long things last. */
export const monotonicClock: Clock = { now: () => performance.timeOrigin + performance.now(), after };

/** Waits; cut short by `signal`. */
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
