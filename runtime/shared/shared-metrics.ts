import type { Registry } from "prom-client";
import { type Clock, pause } from "#base";

/** So many times as long as the metrics took to collect, nobody collects them again. */
const rest = 20;
const never = new AbortController().signal;

/**
 * Collects metrics for all who ask, as they are after they have asked, but so rarely that who asks without end costs the
 * others little.
 */
export function shareMetrics(registry: Pick<Registry, "metrics">, clock: Clock): () => Promise<string> {
  let next: Promise<string> | undefined;
  let rested: Promise<void> = Promise.resolve();

  async function collect(): Promise<string> {
    await rested;
    next = undefined;
    const start = clock.now();
    const text = registry.metrics();
    rested = text.then(
      () => pause(clock, rest * (clock.now() - start), never),
      () => {},
    );
    return text;
  }
  return () => {
    next ??= collect();
    return next;
  };
}
