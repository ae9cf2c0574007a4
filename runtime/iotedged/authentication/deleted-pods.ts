import type { Clock } from "../../shared/clock.ts";
import type { Pod } from "../../shared/kubernetes/kinds.ts";
import type { Informer } from "../../shared/kubernetes/objects.ts";
import { BoundedCache } from "./bounded-cache.ts";

/**
 * Which pods are known to be gone, so that a cached token of theirs counts no more. A pod that was never seen is not
 * among them: it may be newer than what the informer has, and then the TokenReview alone decides.
 */
export interface DeletedPods {
  has(uid: string): boolean;
  stop(): void;
}

/** Longer than any answer about a deleted pod's token lives in caches, the API server's own included. */
const memory = 5 * 60_000;
const capacity = 10_000;

export function trackDeletedPods(options: { readonly pods: Informer<Pod>; readonly clock: Clock }): DeletedPods {
  const { pods, clock } = options;
  const deleted = new BoundedCache<true>({ clock, capacity });
  let present = uidsOf(pods);

  const stop = pods.onChange(() => {
    const now = uidsOf(pods);
    for (const uid of present) {
      if (!now.has(uid)) deleted.set(uid, true, clock.now() + memory);
    }
    present = now;
  });

  return { has: (uid) => deleted.get(uid) ?? false, stop };
}

function uidsOf(pods: Informer<Pod>): Set<string> {
  return new Set(pods.list().flatMap(({ metadata }) => metadata.uid ?? []));
}
