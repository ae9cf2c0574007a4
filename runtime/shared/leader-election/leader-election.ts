import { type Clock, pause } from "#base";
import type { Logger } from "../logger.ts";
import type { LeaseStore } from "./lease.ts";
import { createLeaseClaim } from "./lease-claim.ts";
import { defaultTiming, type ElectionTiming } from "./timing.ts";

/** A time in which this process leads. */
export interface Term {
  /** Aborted when the term ends: because the Lease could not be renewed, was taken, or this process stops. */
  readonly signal: AbortSignal;
  /** Whether the term still lasts by the clock. Ask before each write: a process that slept gets the signal late. */
  readonly valid: boolean;
  /** Resolves when the signal is aborted. */
  readonly ended: Promise<void>;
}

export interface LeaderElectionOptions {
  readonly leases: LeaseStore;
  /** Unique to this process: the pod's name and something random. */
  readonly identity: string;
  /**
   * What only one process may do at a time. Called at the start of each term; resolves when all is done that was begun,
   * at the latest `leaseDuration - renewDeadline` after the term's signal. Resolving earlier ends the term.
   */
  readonly lead: (term: Term) => Promise<void>;
  /** One that never jumps, such as `monotonicClock`. */
  readonly clock: Clock;
  /** Number in [0, 1), as `Math.random` gives. */
  readonly random: () => number;
  readonly log: Logger;
  readonly timing?: ElectionTiming;
}

/** A process's part in an election. */
export interface LeaderElection {
  /** Whether this process leads at present. */
  readonly leads: boolean;
  /** Ends the term, waits for its work and gives the Lease back, so that another leads at once. Never rejects. */
  stop(): Promise<void>;
}

/** Keeps candidates from trying at the same time. */
const jitter = 1.2;

/**
 * Takes part in the election of one leader among processes that share a Lease, by the rules of client-go: at most one
 * leads at any time, provided that all clocks run at the same rate; they need not show the same time.
 */
export function joinElection(options: LeaderElectionOptions): LeaderElection {
  const { leases, identity, lead, clock, random, log, timing = defaultTiming } = options;
  const { renewDeadline, retryPeriod } = timing;
  const claim = createLeaseClaim({ leases, identity, clock, log, timing });
  const stopping = new AbortController();
  let term: Term | undefined;

  async function serve(since: number): Promise<void> {
    const ending = new AbortController();
    const end = () => ending.abort();
    let until = since + renewDeadline;
    let disarm = clock.after(until - clock.now(), end);
    const ended = Promise.withResolvers<void>();
    ending.signal.addEventListener("abort", () => ended.resolve());
    const current: Term = {
      signal: ending.signal,
      ended: ended.promise,
      get valid() {
        return !ending.signal.aborted && clock.now() < until;
      },
    };
    stopping.signal.addEventListener("abort", end);
    if (stopping.signal.aborted) end();
    term = current;
    const work = Promise.resolve(current)
      .then(lead)
      .catch((error: unknown) => log.error({ error }, "the leader's work failed"))
      .finally(end);
    while (!ending.signal.aborted) {
      await pause(clock, retryPeriod, ending.signal);
      if (ending.signal.aborted) break;
      const renewed = await claim.attempt(ending.signal);
      if (renewed !== undefined && current.valid) {
        disarm();
        until = renewed + renewDeadline;
        disarm = clock.after(until - clock.now(), end);
      } else if (!claim.isHeld) end();
    }
    disarm();
    stopping.signal.removeEventListener("abort", end);
    await work;
    term = undefined;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const since = await claim.attempt(stopping.signal);
      if (since !== undefined) {
        await serve(since);
        await claim.release();
      }
      await pause(clock, retryPeriod * (1 + random() * jitter), stopping.signal);
    }
  }

  const running = run();
  return {
    get leads() {
      return term?.valid ?? false;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
