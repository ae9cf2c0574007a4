import type { Clock } from "#base";
import type { Logger } from "../logger.ts";
import type { Lease, LeaseStore } from "./lease.ts";
import { heldBy, holderOf, isTaken, type Observation, observe, released } from "./observation.ts";
import type { ElectionTiming } from "./timing.ts";

/** One process's claim to a Lease. */
export interface LeaseClaim {
  /** Whether the process holds the Lease, as far as it knows. */
  readonly isHeld: boolean;
  /**
   * Takes the Lease if it is free, or renews it. Never rejects.
   *
   * @returns since when the process holds it; undefined when it does not, as far as it knows
   */
  attempt(signal: AbortSignal): Promise<number | undefined>;
  /** Gives the Lease back, so that another process may take it at once. Never rejects. */
  release(): Promise<void>;
}

export function createLeaseClaim(options: {
  readonly leases: LeaseStore;
  readonly identity: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timing: ElectionTiming;
}): LeaseClaim {
  const { leases, identity, clock, log, timing } = options;
  const { leaseDuration, renewDeadline } = timing;
  let observation: Observation | undefined;
  /** Whether the observation may be out of date, after a write of ours that failed or was not answered. */
  let isStale = true;
  let leader: string | undefined;

  async function acquireOrRenew(signal: AbortSignal): Promise<number | undefined> {
    const start = clock.now();
    if (isStale || !isHeld()) note(await leases.get(signal));
    if (observation !== undefined && isTaken(observation, identity, clock.now())) return undefined;
    isStale = true;
    note(await leases.put(heldBy(identity, observation?.lease ?? leases.blank, leaseDuration, clock.now()), signal));
    return start;
  }

  function isHeld(): boolean {
    return observation !== undefined && holderOf(observation.lease) === identity;
  }

  function note(lease: Lease | undefined): void {
    isStale = false;
    observation = lease && observe(observation, lease, clock.now());
    const now = lease && holderOf(lease);
    if (now !== leader) log.info({ leader: now, identity }, "the leader changed");
    leader = now;
  }

  async function attempt(parent: AbortSignal): Promise<number | undefined> {
    const limit = new AbortController();
    const disarm = clock.after(renewDeadline / 2, () => limit.abort(new Error("the Lease's API did not answer")));
    try {
      return await acquireOrRenew(AbortSignal.any([parent, limit.signal]));
    } catch (error) {
      if (!parent.aborted) log.warn({ error }, "the Lease can be neither taken nor renewed");
      return undefined;
    } finally {
      disarm();
    }
  }

  async function release(): Promise<void> {
    const limit = new AbortController();
    const disarm = clock.after(renewDeadline / 2, () => limit.abort());
    try {
      if (isStale) note(await leases.get(limit.signal));
      if (observation === undefined || !isHeld()) return;
      isStale = true;
      note(await leases.put(released(observation.lease, clock.now()), limit.signal));
    } catch (error) {
      log.warn({ error }, "the Lease could not be given back, it runs out by itself");
    } finally {
      disarm();
    }
  }

  return {
    get isHeld() {
      return isHeld();
    },
    attempt,
    release,
  };
}
