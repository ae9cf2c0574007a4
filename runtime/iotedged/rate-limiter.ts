import type { Clock } from "#base";

/** Lets each key act so often at most. */
export interface RateLimiter {
  /** Takes one of the key's turns: 0, or the milliseconds until there is one; nothing is taken then. */
  take(key: string): number;
  /** Undoes a turn that was taken. */
  giveBack(key: string): void;
}

interface Bucket {
  /** When it will be full again, in milliseconds. */
  fullAt: number;
  /** When it was last moved to the end. */
  movedAt: number;
}

/** Keys remembered: more than an installation has modules. The one whose bucket was full the longest ago goes first, to the second. */
const capacity = 10_000;
/** A bucket that was full is moved to the end at most this often, in milliseconds: each move leaves garbage behind. */
const restTime = 1000;

/** A token bucket for every key, full at first: `burst` turns, of which `perSecond` come back in a second. */
export function createRateLimiter(options: {
  readonly clock: Clock;
  readonly burst: number;
  readonly perSecond: number;
}): RateLimiter {
  const interval = 1000 / options.perSecond;
  const slack = interval * (options.burst - 1);
  const buckets = new Map<string, Bucket>();

  function add(key: string, now: number): void {
    const [oldest] = buckets.size < capacity ? [] : buckets.keys();
    if (oldest !== undefined) buckets.delete(oldest);
    buckets.set(key, { fullAt: now + interval, movedAt: now });
  }

  function moveToEnd(key: string, bucket: Bucket, now: number): void {
    buckets.delete(key);
    buckets.set(key, bucket);
    bucket.movedAt = now;
  }

  return {
    take: (key) => {
      const now = options.clock.now();
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        add(key, now);
        return 0;
      }
      const left = bucket.fullAt - now;
      if (left > slack) return left - slack;
      if (left <= 0 && now - bucket.movedAt >= restTime) moveToEnd(key, bucket, now);
      bucket.fullAt = now + Math.max(left, 0) + interval;
      return 0;
    },
    giveBack: (key) => {
      const bucket = buckets.get(key);
      if (bucket !== undefined) bucket.fullAt -= interval;
    },
  };
}
