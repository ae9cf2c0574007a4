import { rolloutErrors } from "../errors.ts";
import type { ClusterChange, Planned } from "../model/index.ts";
import { attempt } from "./outcome.ts";

/**
 * Plans in two steps, so that what would be deployed is pinned whether or not the cluster answers.
 *
 * @param pin works out what would be deployed, without the cluster
 * @param compare what that would change there
 */
export async function attemptPlan<Pin extends { readonly desiredDigest: string }>(
  signal: AbortSignal,
  pin: () => Promise<Pin>,
  compare: (pin: Pin) => Promise<ClusterChange>,
): Promise<Planned> {
  const pinned = await attempt(signal, pin);
  if (pinned.outcome !== "ok") return pinned;
  return { ...(await attempt(signal, () => compare(pinned))), desiredDigest: pinned.desiredDigest };
}

/** @throws EDGE_ROLLOUT_NOT_PINNED where what would be deployed is not what the plan has pinned */
export function checkPinned(cluster: string, pinned: string, found: string): void {
  if (found === pinned) return;
  const details = { cluster, pinned: pinned.slice(0, 12), found: found.slice(0, 12) };
  throw rolloutErrors.EDGE_ROLLOUT_NOT_PINNED(details);
}
