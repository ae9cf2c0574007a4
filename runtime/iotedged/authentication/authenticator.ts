import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { type HttpError, type TokenOwner, unauthenticated } from "../http-error.ts";
import { bearerToken, credentialsOf } from "./bearer-token.ts";
import { BoundedCache } from "./bounded-cache.ts";
import type { ModuleIdentity } from "./module-identity.ts";
import { createReviewBudget } from "./review-budget.ts";
import { createTokenJudge, type TokenJudgeOptions } from "./token-judge.ts";

/** Says which module a request comes from. */
export interface Authenticator {
  /**
   * Answers at once when the token was accepted a moment ago.
   *
   * @param rawHeaders names and values in turn
   * @param peer who is connected
   * @throws HttpError 400 or 401 for a bad token, 429 after too many, 503 when the API server gives no verdict
   */
  authenticate(rawHeaders: readonly string[], peer: Peer): ModuleIdentity | Promise<ModuleIdentity>;
}

/** The other end of a connection, as a socket of Node.js tells it. */
export interface Peer {
  readonly remoteAddress?: string | undefined;
}

export interface AuthenticatorOptions extends TokenJudgeOptions {
  /** How long an accepted token counts without another TokenReview. */
  readonly cacheSeconds: number;
  /** How much longer it counts while the API server gives no verdict; never past its own end. 0: not at all. */
  readonly staleSeconds: number;
}

/** A token that has to be judged. */
interface Claim {
  /** As they came. */
  readonly credentials: string;
  readonly token: string;
  /** The key of refused tokens and of reviews under way: short, and it does not reveal the token. */
  readonly digest: string;
  /** Where it comes from. */
  readonly address: string;
  /** Whether it was accepted a moment ago. */
  readonly isKnown: boolean;
}

interface Acceptance {
  /** The cache's key is the end of these. */
  readonly credentials: string;
  readonly identity: ModuleIdentity;
  readonly freshUntil: number;
}

/** An accepted token is looked up by this many last characters: 72 bits, and the longest part that V8 copies, not refers to. */
const endLength = 12;
const acceptedCapacity = 10_000;
const refusedCapacity = 1024;
const refusedLife = 1000;
/** How long a module whose token was good a moment ago waits for a new verdict, in milliseconds. */
const staleWait = 1000;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { revokedPods, clock, metrics } = options;
  const [freshFor, staleFor] = [options.cacheSeconds * 1000, options.staleSeconds * 1000];
  const tokens = createTokenJudge(options);
  const budget = createReviewBudget({ clock, isPod: revokedPods.isPresent });
  const accepted = new BoundedCache<Acceptance>({ clock, capacity: acceptedCapacity });
  const refused = new BoundedCache<Pick<HttpError, "reason" | "details">>({ clock, capacity: refusedCapacity });
  const flights = new Map<string, Promise<ModuleIdentity>>();
  const secret = createSecretKey(randomBytes(32));

  function authenticate(rawHeaders: readonly string[], peer: Peer): ModuleIdentity | Promise<ModuleIdentity> {
    const credentials = credentialsOf(rawHeaders);
    const known = acceptanceOf(credentials);
    if (known === undefined) return judge(claimOf(credentials, peer));
    if (revokedPods.has(known.identity.podUid)) throw unauthenticated("token-revoked", ownerOf(known.identity));
    if (clock.now() >= known.freshUntil) return judgeAgain(claimOf(credentials, peer, true), known.identity);
    metrics.tokenReviewCacheHits.inc();
    return known.identity;
  }

  function acceptanceOf(credentials: string): Acceptance | undefined {
    const known = accepted.get(endOf(credentials));
    return known?.credentials === credentials ? known : undefined;
  }

  function claimOf(credentials: string, { remoteAddress = "" }: Peer, isKnown = false): Claim {
    const token = bearerToken(credentials);
    const digest = createHmac("sha256", secret).update(token).digest("base64");
    return { credentials, token, digest, address: remoteAddress, isKnown };
  }

  function judge(claim: Claim): Promise<ModuleIdentity> {
    const refusal = refused.get(claim.digest);
    if (refusal !== undefined) throw unauthenticated(refusal.reason, refusal.details.owner);
    return flights.get(claim.digest) ?? fly(claim);
  }

  function judgeAgain(claim: Claim, identity: ModuleIdentity): ModuleIdentity | Promise<ModuleIdentity> {
    return tokens.outage ? duringOutage(claim, identity) : orStale(claim, judge(claim));
  }

  /** One review at a time is enough to see that the outage is over. */
  function duringOutage(claim: Claim, identity: ModuleIdentity): ModuleIdentity {
    if (flights.size === 0) fly(claim).catch(() => {});
    metrics.tokenReviewStaleServed.inc();
    return identity;
  }

  /** The verdict on a token that was good a moment ago; the identity that it had when none comes in time. */
  function orStale({ credentials }: Claim, flight: Promise<ModuleIdentity>): Promise<ModuleIdentity> {
    const stale = () => {
      const known = acceptanceOf(credentials);
      if (known === undefined || revokedPods.has(known.identity.podUid)) return undefined;
      metrics.tokenReviewStaleServed.inc();
      return known.identity;
    };
    return new Promise((resolve, reject) => {
      const cancel = clock.after(staleWait, () => {
        const identity = stale();
        if (identity !== undefined) resolve(identity);
      });
      flight.then(resolve, (error: unknown) => {
        const identity = tokens.isNoVerdict(error) ? stale() : undefined;
        if (identity === undefined) reject(error);
        else resolve(identity);
      });
      flight.then(cancel, cancel);
    });
  }

  /** All requests that show one token at one time share one TokenReview. */
  function fly(claim: Claim): Promise<ModuleIdentity> {
    const { credentials, token, digest } = claim;
    const claims = tokens.claimsOf(token);
    const settle = budget.spend({ ...claim, ...claims });
    const flight = tokens.identify(token).then(
      (identity) => {
        settle("accepted");
        const freshUntil = clock.now() + freshFor;
        const until = Math.min(freshUntil + staleFor, claims.expiresAt);
        accepted.set(endOf(credentials), { credentials, identity, freshUntil }, until);
        return identity;
      },
      (error: HttpError) => {
        settle(error.status === 401 ? "refused" : "none");
        if (error.status === 401) {
          if (acceptanceOf(credentials) !== undefined) accepted.delete(endOf(credentials));
          refused.set(digest, { reason: error.reason, details: error.details }, clock.now() + refusedLife);
        }
        throw error;
      },
    );
    flights.set(digest, flight);
    const land = () => {
      flights.delete(digest);
      metrics.tokenReviewCacheEntries.set({ store: "accepted" }, accepted.size);
      metrics.tokenReviewCacheEntries.set({ store: "refused" }, refused.size);
    };
    flight.then(land, land);
    return flight;
  }

  return { authenticate };
}

function ownerOf({ moduleId, podName, podUid }: ModuleIdentity): TokenOwner {
  return { module: moduleId, pod: podName, podUid };
}

/** The end of a token's signature tells it from all others, and is hashed in a tenth of the time that all of it takes. */
function endOf(credentials: string): string {
  return credentials.slice(-endLength);
}
