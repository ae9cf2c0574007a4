import type { Clock } from "#base";
import { tooMany } from "../http-error.ts";
import { createRateLimiter } from "../rate-limiter.ts";
import { BoundedCache } from "./bounded-cache.ts";

/** A token for which the API server has to be asked. */
export interface UnreviewedToken {
  /** Short, and it does not reveal the token. */
  readonly digest: string;
  /** Address that shows it. */
  readonly address: string;
  /** Pod that it says it is bound to; nobody has checked that. */
  readonly podUid: string | undefined;
  /** Whether it was accepted a moment ago. */
  readonly isKnown: boolean;
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What came of a review; `none` where the API server gave no verdict. */
export type Verdict = "accepted" | "refused" | "none";

/** Lets nobody have the API server asked for ever about tokens that it refuses. */
export interface ReviewBudget {
  /**
   * Takes a review from what is left to the address, unless the token was accepted before.
   *
   * @returns what has to be told the verdict: only a refused token has cost something in the end
   * @throws HttpError 429 when nothing is left
   */
  spend(token: UnreviewedToken): (verdict: Verdict) => void;
}

/** Refused tokens that an address may show at once, and how many come back in a second. */
export const reviewBudget = { burst: 16, perSecond: 1 } as const;
/** Tokens remembered as accepted: more than an installation has pods. */
const provenCapacity = 10_000;

/**
 * A bucket for each address, and beside it one for each pod that is there and that tokens from this address name: where
 * modules share an address, as on a node's network, one that shows garbage does not keep out the new tokens of the others.
 * To name another's pod one has to know its uid, which no API of iotedged tells.
 *
 * @param options.isPod whether a pod of that uid is there
 */
export function createReviewBudget(options: {
  readonly clock: Clock;
  readonly isPod: (uid: string) => boolean;
}): ReviewBudget {
  const { clock, isPod } = options;
  const limiter = createRateLimiter({ clock, ...reviewBudget });
  const proven = new BoundedCache<true>({ clock, capacity: provenCapacity });

  function spend(token: UnreviewedToken): (verdict: Verdict) => void {
    const isFree = token.isKnown || proven.get(token.digest) === true;
    const key = isFree ? undefined : bucketOf(token);
    if (key !== undefined) take(key);
    return (verdict) => {
      if (verdict === "accepted") proven.set(token.digest, true, token.expiresAt);
      if (verdict === "refused") proven.delete(token.digest);
      else if (key !== undefined) limiter.giveBack(key);
    };
  }

  function take(key: string): void {
    const wait = limiter.take(key);
    if (wait === 0) return;
    throw tooMany("token-limited", "Too many tokens that are not valid come from this address, try again later", wait);
  }

  function bucketOf({ address, podUid }: UnreviewedToken): string {
    return podUid !== undefined && isPod(podUid) ? `${address} ${podUid}` : address;
  }

  return { spend };
}
