import type { Clock } from "#base";

/** Lets each key act so often at most. */
export interface RateLimiter {
  /** Takes one of the key's turns: 0, or the milliseconds until there is one; nothing is taken then. */
  take(key: string): number;
  /** Undoes a turn that was taken. */
  giveBack(key: string): void;
}

/** Keys remembered: more than an installation has modules. The one whose bucket was full the longest ago goes first. */
const capacity = 10_000;

/** A token bucket for every key, full at first: `burst` turns, of which `perSecond` come back in a second. */
export function createRateLimiter(options: {
  readonly clock: Clock;
  readonly burst: number;
  readonly perSecond: number;
}): RateLimiter {
  const interval = 1000 / options.perSecond;
  const slack = interval * (options.burst - 1);
  /** When each bucket will be full again, in milliseconds. */
  const fullAt = new Map<string, number>();
  return {
    take: (key) => {
      const now = options.clock.now();
      const known = fullAt.get(key) ?? now;
      if (known - now > slack) return known - now - slack;
      if (known <= now) fullAt.delete(key);
      const [oldest] = fullAt.size < capacity ? [] : fullAt.keys();
      if (oldest !== undefined && !fullAt.has(key)) fullAt.delete(oldest);
      fullAt.set(key, Math.max(known, now) + interval);
      return 0;
    },
    giveBack: (key) => {
      const known = fullAt.get(key);
      if (known !== undefined) fullAt.set(key, known - interval);
    },
  };
}
