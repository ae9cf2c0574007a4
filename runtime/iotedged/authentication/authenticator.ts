import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { type Clock, EdgeError } from "#base";
import { HttpError, type RejectionReason, unauthenticated, unavailable } from "../http/http-error.ts";
import type { Metrics } from "../metrics.ts";
import { bearerToken, credentialsOf } from "./bearer-token.ts";
import { BoundedCache } from "./bounded-cache.ts";
import { ConcurrencyLimit, OverloadedError } from "./concurrency-limit.ts";
import type { DeletedPods } from "./deleted-pods.ts";
import { type ModuleIdentity, moduleIdOf } from "./module-identity.ts";
import { createOutage } from "./outage.ts";
import { type Refusal, reviewedUser } from "./reviewed-user.ts";
import type { ServiceAccountDirectory } from "./service-accounts.ts";
import type { TokenReviewer } from "./token-reviewer.ts";
import { unverifiedClaims } from "./unverified-claims.ts";

/** Says which module a request comes from. */
export interface Authenticator {
  /**
   * Answers at once when the token was accepted a moment ago.
   *
   * @param rawHeaders names and values in turn
   * @throws HttpError 400 or 401 for a bad token, 503 when the API server gives no verdict
   */
  authenticate(rawHeaders: readonly string[]): ModuleIdentity | Promise<ModuleIdentity>;
}

export interface AuthenticatorOptions {
  readonly audience: string;
  readonly namespace: string;
  /** How long an accepted token counts without another TokenReview. */
  readonly cacheSeconds: number;
  /** How much longer it counts while the API server gives no verdict; never past its own end. 0: not at all. */
  readonly staleSeconds: number;
  readonly reviewer: TokenReviewer;
  readonly serviceAccounts: ServiceAccountDirectory;
  readonly deletedPods: DeletedPods;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Told of each genuine token that is no identity here. */
  readonly onRefused: (refusal: Required<Refusal>) => void;
  /** Told of each TokenReview that got no verdict. */
  readonly onError: (error: unknown) => void;
  /** Told when the API server stops giving verdicts, and when it gives them again. */
  readonly onOutage: (ongoing: boolean) => void;
}

/** A token that has to be judged. */
interface Claim {
  /** As they came: what an accepted token is found by, because that costs no computation. */
  readonly credentials: string;
  readonly token: string;
  /** By which a token that nobody vouches for is remembered: neither long nor the token itself. */
  readonly digest: string;
}

interface Acceptance {
  readonly identity: ModuleIdentity;
  readonly freshUntil: number;
}

const acceptedCapacity = 10_000;
const refusedCapacity = 1024;
const refusedLife = 1000;
const maxReviews = 16;
const maxWaiting = 1024;
const patience = 5000;
/** How long a module whose token was good a moment ago waits for a new verdict, in milliseconds. */
const staleWait = 1000;
/** The API server refuses iotedged itself. */
const refusals: ReadonlySet<string> = new Set(["EDGE_KUBERNETES_UNAUTHORIZED", "EDGE_KUBERNETES_FORBIDDEN"]);
/** The API server takes a token for so much longer than it says, in milliseconds. */
const expiryLeeway = 60_000;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { audience, namespace, reviewer, serviceAccounts, deletedPods, clock, metrics } = options;
  const [freshFor, staleFor] = [options.cacheSeconds * 1000, options.staleSeconds * 1000];
  const outage = createOutage({ clock, onChange: options.onOutage });
  const accepted = new BoundedCache<Acceptance>({ clock, capacity: acceptedCapacity });
  const refused = new BoundedCache<RejectionReason>({ clock, capacity: refusedCapacity });
  const limit = new ConcurrencyLimit({ clock, maxRunning: maxReviews, maxWaiting, patience });
  const flights = new Map<string, Promise<ModuleIdentity>>();
  const secret = createSecretKey(randomBytes(32));

  function authenticate(rawHeaders: readonly string[]): ModuleIdentity | Promise<ModuleIdentity> {
    const credentials = credentialsOf(rawHeaders);
    const known = accepted.get(credentials);
    if (known === undefined) return judge(claimOf(credentials));
    if (deletedPods.has(known.identity.podUid)) throw unauthenticated("token-pod");
    if (clock.now() >= known.freshUntil) return judgeAgain(claimOf(credentials), known.identity);
    metrics.tokenReviewCacheHits.inc();
    return known.identity;
  }

  function claimOf(credentials: string): Claim {
    const token = bearerToken(credentials);
    return { credentials, token, digest: createHmac("sha256", secret).update(token).digest("base64") };
  }

  function judge(claim: Claim): Promise<ModuleIdentity> {
    const reason = refused.get(claim.digest);
    if (reason !== undefined) throw unauthenticated(reason);
    return flights.get(claim.digest) ?? fly(claim);
  }

  function judgeAgain(claim: Claim, identity: ModuleIdentity): ModuleIdentity | Promise<ModuleIdentity> {
    return outage.ongoing ? duringOutage(claim, identity) : orStale(claim, judge(claim));
  }

  /** One review at a time is enough to see that the outage is over. */
  function duringOutage(claim: Claim, identity: ModuleIdentity): ModuleIdentity {
    if (flights.size === 0) fly(claim).catch(() => {});
    metrics.tokenReviewStaleServed.inc();
    return identity;
  }

  /** The verdict on a token that was good a moment ago; without one in time the identity that it had. */
  function orStale({ credentials }: Claim, flight: Promise<ModuleIdentity>): Promise<ModuleIdentity> {
    const stale = () => {
      const known = accepted.get(credentials);
      if (known === undefined || deletedPods.has(known.identity.podUid)) return undefined;
      metrics.tokenReviewStaleServed.inc();
      return known.identity;
    };
    return new Promise((resolve, reject) => {
      const cancel = clock.after(staleWait, () => {
        const identity = stale();
        if (identity !== undefined) resolve(identity);
      });
      flight.then(resolve, (error: unknown) => {
        const identity = isNoVerdict(error) ? stale() : undefined;
        if (identity === undefined) reject(error);
        else resolve(identity);
      });
      flight.then(cancel, cancel);
    });
  }

  /** All requests that show one token at one time share one TokenReview. */
  function fly({ credentials, token, digest }: Claim): Promise<ModuleIdentity> {
    const expiresAt = refuseEarly(token);
    const flight = identify(token).then(
      (identity) => {
        const freshUntil = clock.now() + freshFor;
        accepted.set(credentials, { identity, freshUntil }, Math.min(freshUntil + staleFor, expiresAt));
        return identity;
      },
      (error: HttpError) => {
        if (error.status === 401) {
          accepted.delete(credentials);
          refused.set(digest, error.reason, clock.now() + refusedLife);
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

  /** Spares the API server what cannot be one of its tokens for this installation; gives the token's end. */
  function refuseEarly(token: string): number {
    const claims = unverifiedClaims(token);
    if (claims === undefined) throw unauthenticated("token-malformed");
    if (!claims.audiences.includes(audience)) throw unauthenticated("token-audience");
    if (claims.expiresAt + expiryLeeway <= clock.now()) throw unauthenticated("token-expired");
    return claims.expiresAt;
  }

  async function identify(token: string): Promise<ModuleIdentity> {
    const user = reviewedUser(await review(token), { audience, namespace });
    if ("reason" in user) throw refuse(user);
    const { serviceAccount, serviceAccountUid, podName, podUid } = user;
    const username = `system:serviceaccount:${namespace}:${serviceAccount}`;
    if (deletedPods.has(podUid)) throw refuse({ reason: "token-pod" });
    const account = await orUnavailable(serviceAccounts.find(serviceAccount, serviceAccountUid));
    const moduleId = account && moduleIdOf(account);
    if (moduleId === undefined) throw refuse({ reason: "token-user", username });
    metrics.tokenReviews.inc({ result: "accepted" });
    return { moduleId, objectName: serviceAccount, generationId: serviceAccountUid, podName, podUid };
  }

  async function review(token: string) {
    const asked = clock.now();
    return orUnavailable(
      limit.run(async () => {
        metrics.tokenReviewWaitSeconds.observe((clock.now() - asked) / 1000);
        metrics.tokenReviewsInFlight.inc();
        const stop = metrics.tokenReviewSeconds.startTimer();
        try {
          const verdict = await reviewer.review(token);
          outage.end();
          return verdict;
        } finally {
          stop();
          metrics.tokenReviewsInFlight.dec();
        }
      }),
    );
  }

  function refuse({ reason, username }: Refusal): HttpError {
    metrics.tokenReviews.inc({ result: "refused" });
    if (username !== undefined) options.onRefused({ reason, username });
    return unauthenticated(reason);
  }

  async function orUnavailable<T>(verdict: Promise<T>): Promise<T> {
    try {
      return await verdict;
    } catch (error) {
      if (error instanceof OverloadedError)
        throw unavailable("overloaded", "Too many requests at once, try again", error);
      metrics.tokenReviews.inc({ result: "error" });
      options.onError(error);
      if (refusals.has(codeOf(error))) outage.refuse();
      else outage.begin();
      throw unavailable("unavailable", "Modules cannot be authenticated at present, try again", error);
    }
  }

  /** Whether the API server had no time, or is away. */
  function isNoVerdict(error: unknown): boolean {
    if (!(error instanceof HttpError) || error.status !== 503) return false;
    return outage.ongoing || error.cause instanceof OverloadedError;
  }

  return { authenticate };
}

function codeOf(error: unknown): string {
  return error instanceof EdgeError ? error.code : "";
}
