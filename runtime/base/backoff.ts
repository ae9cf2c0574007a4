/** Growing pauses between attempts. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt: anything up to a limit that doubles each time ("full jitter"). */
  next(): number;
  /** Starts over after a success. */
  reset(): void;
}

/**
 * @param options.random number in [0, 1), as `Math.random` gives
 * @param options.base first limit in milliseconds. Default 500
 * @param options.cap largest limit in milliseconds. Default 30000
 * @param options.least shortest pause in milliseconds. Default 0
 */
export function createBackoff(options: {
  readonly random: () => number;
  readonly base?: number;
  readonly cap?: number;
  readonly least?: number;
}): Backoff {
  const { random, base = 500, cap = 30_000, least = 0 } = options;
  let limit = base;
  return {
    next() {
      const pause = least + Math.floor(random() * (limit - least));
      limit = Math.min(cap, limit * 2);
      return pause;
    },
    reset() {
      limit = base;
    },
  };
}
