import type { Clock } from "../model/ports.ts";
import type { LeaseClient, LeaseRecord } from "./lease.ts";

const lookInterval = 2_000;

/**
 * Watches a Lease that somebody else has for as long as it counts. Only what is seen here counts, by this machine's clock
 * alone: while an API server gives no answers, nobody's Lease passes.
 *
 * @returns who has it, as soon as it is renewed; undefined once it is free, or was not renewed in all that time
 */
export async function outlast(
  client: LeaseClient,
  lease: LeaseRecord,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const until = clock.now() + lease.durationMs;
  while (clock.now() < until) {
    await clock.sleepUntil(Math.min(until, clock.now() + lookInterval), signal);
    const seen = await client.get();
    if (seen === undefined || seen.holder === "") return undefined;
    if (seen.version !== lease.version) return seen.holder;
  }
  return undefined;
}
