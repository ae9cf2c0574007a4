import type { Clock } from "#base";

/** Lets each key act so often at most. */
export interface RateLimiter {
  /**
   * Takes one of the key's turns.
   *
   * @returns 0 when there was one, else the milliseconds until there is; nothing is taken then
   */
  take(key: string): number;
}

interface Bucket {
  /** When it will be full again, in milliseconds. */
  fullAt: number;
}

/** Keys remembered: more than an installation has modules. The one whose bucket was full the longest ago goes first. */
const capacity = 10_000;

/**
 * A token bucket for every key, each one full at first. Of a bucket only the time is kept at which it will be full.
 *
 * @param options.burst turns that a full bucket holds
 * @param options.perSecond turns that come back in a second
 */
export function createRateLimiter(options: {
  readonly clock: Clock;
  readonly burst: number;
  readonly perSecond: number;
}): RateLimiter {
  const { clock, burst, perSecond } = options;
  const interval = 1000 / perSecond;
  const slack = interval * (burst - 1);
  const buckets = new Map<string, Bucket>();

  return {
    take: (key) => {
      const now = clock.now();
      const bucket = buckets.get(key);
      if (bucket !== undefined && bucket.fullAt > now) {
        const wait = bucket.fullAt - now - slack;
        if (wait > 0) return wait;
        bucket.fullAt += interval;
        return 0;
      }
      buckets.delete(key);
      if (buckets.size >= capacity) forgetOldest(buckets);
      buckets.set(key, { fullAt: now + interval });
      return 0;
    },
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
