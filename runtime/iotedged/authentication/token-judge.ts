import { type Clock, EdgeError } from "#base";
import { generationIdOf } from "#contract";
import { HttpError, unauthenticated, unavailable } from "../http-error.ts";
import type { Metrics } from "../metrics.ts";
import { ConcurrencyLimit, OverloadedError } from "./concurrency-limit.ts";
import { type ModuleIdentity, moduleIdOf } from "./module-identity.ts";
import { createOutage } from "./outage.ts";
import { type Refusal, reviewedUser } from "./reviewed-user.ts";
import type { RevokedPods } from "./revoked-pods.ts";
import type { ServiceAccountDirectory } from "./service-accounts.ts";
import type { TokenReviewer } from "./token-reviewer.ts";
import { type UnverifiedClaims, unverifiedClaims } from "./unverified-claims.ts";

/** Finds out by TokenReviews whose a token is. */
export interface TokenJudge {
  /** Whether the API server gives no verdicts at present. */
  readonly outage: boolean;
  /**
   * Spares the API server what cannot be one of its tokens for this installation; gives what the token says of itself.
   *
   * @throws HttpError 401
   */
  claimsOf(token: string): UnverifiedClaims;
  /** @throws HttpError 401 for a token that is no module's, 503 when the API server gives no verdict */
  identify(token: string): Promise<ModuleIdentity>;
  /** Whether the API server had no time, or is away. */
  isNoVerdict(error: unknown): boolean;
}

export interface TokenJudgeOptions {
  readonly audience: string;
  readonly namespace: string;
  readonly reviewer: TokenReviewer;
  readonly serviceAccounts: ServiceAccountDirectory;
  readonly revokedPods: RevokedPods;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Told of each genuine token that belongs to no module here. */
  readonly onRefused: (refusal: Refusal & { readonly username: string }) => void;
  /** Told of each TokenReview that got no verdict. */
  readonly onError: (error: unknown) => void;
  /** Told when the API server stops giving verdicts, and when it gives them again. */
  readonly onOutage: (ongoing: boolean) => void;
}

const maxReviews = 16;
const maxWaiting = 1024;
const patience = 5000;
/** The API server refuses iotedged itself. */
const refusals: ReadonlySet<string> = new Set(["EDGE_KUBERNETES_UNAUTHORIZED", "EDGE_KUBERNETES_FORBIDDEN"]);
/** The API server accepts a token for so many milliseconds after its expiry. */
const expiryLeeway = 60_000;

export function createTokenJudge(options: TokenJudgeOptions): TokenJudge {
  const { audience, namespace, reviewer, serviceAccounts, revokedPods, clock, metrics } = options;
  const outage = createOutage({ clock, onChange: options.onOutage });
  const limit = new ConcurrencyLimit({ clock, maxRunning: maxReviews, maxWaiting, patience });

  function claimsOf(token: string): UnverifiedClaims {
    const claims = unverifiedClaims(token);
    if (claims === undefined) throw unauthenticated("token-malformed");
    if (!claims.audiences.includes(audience)) throw unauthenticated("token-audience");
    if (claims.expiresAt + expiryLeeway <= clock.now()) throw unauthenticated("token-expired");
    return claims;
  }

  async function identify(token: string): Promise<ModuleIdentity> {
    const user = reviewedUser(await review(token), { audience, namespace });
    if ("reason" in user) throw refuse(user);
    const { serviceAccount, serviceAccountUid, podName, podUid } = user;
    const username = `system:serviceaccount:${namespace}:${serviceAccount}`;
    if (revokedPods.has(podUid)) throw refuse({ reason: "token-revoked", username, podName, podUid });
    const account = await orUnavailable(serviceAccounts.find(serviceAccount, serviceAccountUid));
    const moduleId = account && moduleIdOf(account);
    const generationId = account && generationIdOf(account.metadata);
    if (moduleId === undefined || generationId === undefined)
      throw refuse({ reason: "token-user", username, podName, podUid });
    metrics.tokenReviews.inc({ result: "accepted" });
    return { moduleId, objectName: serviceAccount, generationId, podName, podUid };
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

  function refuse({ reason, username, podName, podUid }: Refusal): HttpError {
    metrics.tokenReviews.inc({ result: "refused" });
    // That a pod has gone is nothing that operators have to look into.
    if (username !== undefined && reason !== "token-revoked") options.onRefused({ reason, username });
    return unauthenticated(reason, { account: username, pod: podName, podUid });
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

  function isNoVerdict(error: unknown): boolean {
    if (!(error instanceof HttpError) || error.status !== 503) return false;
    return outage.ongoing || error.cause instanceof OverloadedError;
  }

  return {
    get outage() {
      return outage.ongoing;
    },
    claimsOf,
    identify,
    isNoVerdict,
  };
}

function codeOf(error: unknown): string {
  return error instanceof EdgeError ? error.code : "";
}
