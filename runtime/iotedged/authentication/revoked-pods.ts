import type { Clock, Informer } from "#base";
import { hasEnded, type Pod } from "#shared";
import { BoundedCache } from "./bounded-cache.ts";

/**
 * Pods whose tokens count no more, cached or not: those that are known to be gone, and those that have ended, which the
 * API server goes on vouching for. A pod that was never seen is not among them: it may be newer than what the informer
 * has, and then the TokenReview alone decides.
 */
export interface RevokedPods {
  has(uid: string): boolean;
  /** Whether the pod was seen, and has neither gone nor ended. */
  isPresent(uid: string): boolean;
  stop(): void;
}

/** A deleted pod is remembered this much longer than its token counts: the API server caches, and reviews take time. */
const margin = 5 * 60_000;
const capacity = 10_000;

/**
 * @param options.pods all that may have a module's ServiceAccount, whatever their labels: the token is the account's
 * @param options.longestTrust for how many milliseconds an accepted token counts at most without another review
 * @param options.onRevoked told how many milliseconds ago the grace period of a deleted pod ended
 */
export function trackRevokedPods(options: {
  readonly pods: Informer<Pod>;
  readonly clock: Clock;
  readonly longestTrust: number;
  readonly onRevoked?: (delay: number) => void;
}): RevokedPods {
  const { pods, clock, longestTrust, onRevoked } = options;
  const deleted = new BoundedCache<true>({ clock, capacity });
  let present = seenPods(pods);

  function revoke(uid: string, end: string | undefined): void {
    deleted.set(uid, true, clock.now() + longestTrust + margin);
    if (end !== undefined) onRevoked?.(Math.max(0, clock.now() - Date.parse(end)));
  }

  const stop = pods.onChange(() => {
    const now = seenPods(pods);
    for (const [uid, { end }] of present) {
      if (!now.has(uid)) revoke(uid, end);
    }
    present = now;
  });

  return {
    has: (uid) => present.get(uid)?.hasEnded === true || deleted.get(uid) === true,
    isPresent: (uid) => present.get(uid)?.hasEnded === false,
    stop,
  };
}

interface SeenPod {
  /** By when it has to end, where it is being deleted. */
  readonly end: string | undefined;
  readonly hasEnded: boolean;
}

/** Pods by uid. */
function seenPods(pods: Informer<Pod>): ReadonlyMap<string, SeenPod> {
  const seen = pods
    .list()
    .map((pod) => [pod.metadata.uid ?? "", { end: pod.metadata.deletionTimestamp, hasEnded: hasEnded(pod) }] as const);
  return new Map(seen);
}
