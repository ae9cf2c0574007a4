import type { Clock, Informer } from "#base";
import { type Health, silentWatches } from "#shared";
import type { Metrics } from "./metrics.ts";

/** Name of the condition that {@link followFreshness} keeps. */
export const watchesCondition = "watches";

const interval = 15_000;

/** Keeps the readiness and the metric that tell when each watch was last heard of. Returns what ends it. */
export function followFreshness(
  informers: Readonly<Record<string, Informer<unknown>>>,
  { clock, health, metrics }: { readonly clock: Clock; readonly health: Health; readonly metrics: Metrics },
): () => void {
  let cancel = () => {};
  function look(): void {
    const silence = silentWatches(informers, clock, metrics.watchLastEvent);
    if (silence === undefined) health.pass(watchesCondition);
    else health.fail(watchesCondition, silence);
    cancel = clock.after(interval, look);
  }
  look();
  return () => cancel();
}
