import type { Clock, Informer } from "#base";
import type { Health } from "#shared";
import type { Metrics } from "./metrics.ts";

/** Name of the condition that {@link followFreshness} keeps. */
export const watchesCondition = "watches";

const minute = 60_000;
const interval = 15_000;
/** A watch restarts itself after 5 minutes of silence; when that brings nothing either, EdgeAgent is blind. */
const maxAge = 7 * minute;

/** Keeps the readiness and the metric that tell when each watch was last heard of. Returns what ends it. */
export function followFreshness(
  informers: Readonly<Record<string, Informer<unknown>>>,
  { clock, health, metrics }: { readonly clock: Clock; readonly health: Health; readonly metrics: Metrics },
): () => void {
  let cancel = () => {};
  function look(): void {
    const stale: string[] = [];
    for (const [kind, { lastContact }] of Object.entries(informers)) {
      metrics.watchLastEvent.set({ kind }, lastContact / 1000);
      if (clock.now() - lastContact > maxAge) stale.push(kind);
    }
    if (stale.length === 0) health.pass(watchesCondition);
    else health.fail(watchesCondition, `nothing heard of ${stale.join(", ")} for ${maxAge / minute} minutes`);
    cancel = clock.after(interval, look);
  }
  look();
  return () => cancel();
}
