import type { Clock } from "../../shared/clock.ts";

/** Lets each key act so often at most. */
export interface RateLimiter {
  /**
   * Takes one of the key's turns.
   *
   * @returns 0 when there was one, else the milliseconds until there is; nothing is taken then
   */
  take(key: string): number;
}

/** Keys remembered: more than an installation has modules. The one unused for longest is forgotten first. */
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
  const fullAt = new Map<string, number>();

  return {
    take: (key) => {
      const now = clock.now();
      const full = Math.max(fullAt.get(key) ?? now, now);
      const wait = full - now - slack;
      if (wait > 0) return wait;
      fullAt.delete(key);
      if (fullAt.size >= capacity) forgetOldest(fullAt);
      fullAt.set(key, full + interval);
      return 0;
    },
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
