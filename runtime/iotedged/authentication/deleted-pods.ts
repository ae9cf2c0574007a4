import type { Clock, Informer } from "#base";
import type { Pod } from "#shared";
import { BoundedCache } from "./bounded-cache.ts";

/**
 * Which pods are known to be gone, so that a cached token of theirs counts no more. A pod that was never seen is not
 * among them: it may be newer than what the informer has, and then the TokenReview alone decides.
 */
export interface DeletedPods {
  has(uid: string): boolean;
  stop(): void;
}

/** A deleted pod is remembered this much longer than its token counts: the API server caches, and reviews take time. */
const margin = 5 * 60_000;
const capacity = 10_000;

/**
 * @param options.longestTrust for how many milliseconds an accepted token counts at most without another review
 * @param options.onRevoked told how many milliseconds ago the grace period of a deleted pod ended
 */
export function trackDeletedPods(options: {
  readonly pods: Informer<Pod>;
  readonly clock: Clock;
  readonly longestTrust: number;
  readonly onRevoked?: (delay: number) => void;
}): DeletedPods {
  const { pods, clock, longestTrust, onRevoked } = options;
  const deleted = new BoundedCache<true>({ clock, capacity });
  let present = endsOf(pods);

  function revoke(uid: string, end: string | undefined): void {
    deleted.set(uid, true, clock.now() + longestTrust + margin);
    if (end !== undefined) onRevoked?.(Math.max(0, clock.now() - Date.parse(end)));
  }

  const stop = pods.onChange(() => {
    const now = endsOf(pods);
    for (const [uid, end] of present) {
      if (!now.has(uid)) revoke(uid, end);
    }
    present = now;
  });

  return { has: (uid) => deleted.get(uid) ?? false, stop };
}

/** Pods by uid, with the time by which a deleted one has to end. */
function endsOf(pods: Informer<Pod>): Map<string, string | undefined> {
  return new Map(pods.list().map(({ metadata }) => [metadata.uid ?? "", metadata.deletionTimestamp]));
}
