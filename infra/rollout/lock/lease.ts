import type { Timer } from "#base";
import { commandLine, noCluster } from "../../terminal/index.ts";

/** What a Lease of coordination.k8s.io says about who has it. */
export interface LeaseRecord {
  readonly holder: string;
  /** Milliseconds since 1970, by the clock of the holder. */
  readonly renewedAt: number;
  readonly durationMs: number;
  /** How often it has changed hands. */
  readonly transitions: number;
  /** Version of the object: a change that names another one is refused. */
  readonly version: string;
}

/** The Lease of one cluster. */
export interface LeaseClient {
  get(): Promise<LeaseRecord | undefined>;
  /** @returns undefined where there is one already */
  create(record: Omit<LeaseRecord, "version">): Promise<LeaseRecord | undefined>;
  /** @returns undefined where it was changed since it was read */
  update(record: LeaseRecord): Promise<LeaseRecord | undefined>;
  /** Shows that its holder lives, where that takes less than an update, which finds out whether it is still the holder. */
  renew?(): Promise<void>;
  /**
   * Gives it back and leaves nothing behind, unless it was changed since it was read.
   *
   * @returns whether nobody has it now
   */
  release(record: LeaseRecord): Promise<boolean>;
}

/** How long a Lease must have been watched without a renewal until it may be taken over. */
export const leaseDuration = 60_000;
/**
 * A Lease that was not renewed for this long beyond its duration, by the clock of the machine that looks, is abandoned:
 * clocks of machines that roll out differ by less.
 */
const clockDifference = 300_000;

/** Whether `holder` can have the Lease at once: it is its own already, given back or abandoned. */
export function isFree(lease: LeaseRecord, holder: string, now: number): boolean {
  if (lease.holder === "" || lease.holder === holder) return true;
  return now >= lease.renewedAt + lease.durationMs + clockDifference;
}

/** Tries before a Lease counts as one that changes hands all the time. */
export const maxTries = 5;
export const unsteadyHolder = "somebody who changes it all the time";

/**
 * Writes the Lease as `holder` has it from now on.
 *
 * @param lease as it was seen last; undefined where there was none
 * @returns undefined where somebody else was faster
 */
export function claimLease(
  client: LeaseClient,
  lease: LeaseRecord | undefined,
  holder: string,
  now: number,
): Promise<LeaseRecord | undefined> {
  const claim = { holder, renewedAt: now, durationMs: leaseDuration };
  if (lease === undefined) return client.create({ ...claim, transitions: 0 });
  return client.update({ ...lease, ...claim, transitions: lease.transitions + (lease.holder === holder ? 0 : 1) });
}

const lookInterval = 2_000;

/**
 * Watches a Lease that somebody else has for as long as it counts. Only what is seen here counts, by this machine's clock
 * alone: while an API server gives no answers, nobody's Lease passes.
 *
 * @returns who has it, as soon as it is renewed; undefined once it is free, or was not renewed in all that time
 */
export async function watchLease(
  client: LeaseClient,
  lease: LeaseRecord,
  timer: Timer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const until = timer.now() + lease.durationMs;
  for (let left = lease.durationMs; left > 0; left = until - timer.now()) {
    await timer.sleep(Math.min(left, lookInterval), signal);
    const seen = await client.get();
    if (seen === undefined || seen.holder === "") return undefined;
    if (seen.version !== lease.version) return seen.holder;
  }
  return undefined;
}

/** A Lease that has to be watched, because the run that has it may be gone. */
export interface Watch {
  readonly cluster: string;
  readonly holder: string;
  readonly ms: number;
}

/** For whoever waits for the end of it. */
export function describeWatch({ cluster, holder, ms }: Watch): string {
  const unlock = commandLine(["rollout", "unlock", holder.split("@", 1)[0] ?? ""], noCluster);
  const hint = `if it was killed, \`${unlock}\` ends the wait`;
  return `${cluster}: locked by ${holder}; waits up to ${ms / 1000} s to see whether that run goes on; ${hint}`;
}
