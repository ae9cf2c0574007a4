/** How long to wait before the next attempt. */
export interface Backoff {
  /** Milliseconds to wait after one more failure, at most `most`. */
  next(most: number): number;
  reset(): void;
}

const first = 1_000;

/**
 * Doubles the wait with each failure. Each wait is half of it at least, and the rest by chance, so that many modules that
 * lost IoT Hub together do not come back together.
 *
 * @param random from 0 to 1
 */
export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    next: (most) => {
      const whole = Math.min(first * 2 ** Math.min(failures++, 30), most);
      return Math.round(whole / 2 + (random() * whole) / 2);
    },
    reset: () => {
      failures = 0;
    },
  };
}
