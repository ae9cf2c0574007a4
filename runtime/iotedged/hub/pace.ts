import { type Clock, createBackoff, pause } from "#base";
import type { HubFailure } from "#iot-hub";

/** When the next call to the hub may be made. */
export interface Pace {
  /** A call has ended. @param ofTheHub whether any other call would have failed alike */
  called(failure: HubFailure | undefined, ofTheHub: boolean): void;
  /** A write was made. */
  wrote(): void;
  /** Until a call may be made. @returns false where the wait was broken off */
  wait(): Promise<boolean>;
  /** Ends a wait that is under way. */
  breakOff(): void;
  /** What went wrong before counts no more; what the hub has asked for does. */
  forgive(): void;
}

/** Between two writes: a unit of a hub's smaller tiers takes 100 operations a minute of all its devices. */
const writeInterval = 1000;
/** Longest wait before the first call, so that not all devices of a fleet ask at once when their sites have power again. */
const firstWait = 5000;
/** By which share more than the hub says is waited at most: it tells all devices the same time. */
const waitSpread = 0.5;
/** Between two calls that lead to nothing, however much changes here meanwhile. Back within a minute. */
const failurePauses = { least: 1000, base: 2000, cap: 55_000 };

export function createPace({ clock, random }: { readonly clock: Clock; readonly random: () => number }): Pace {
  const backoff = createBackoff({ ...failurePauses, random });
  let notBefore = clock.now() + random() * firstWait;
  let restsUntil = Number.NEGATIVE_INFINITY;
  let waiting = new AbortController();

  return {
    called(failure, ofTheHub) {
      const wait = failure?.retryAfter ?? 0;
      notBefore = Math.max(notBefore, clock.now() + wait * (1 + random() * waitSpread));
      if (failure === undefined) backoff.reset();
      else if (ofTheHub) restsUntil = clock.now() + backoff.next();
    },
    wrote() {
      notBefore = Math.max(notBefore, clock.now() + writeInterval);
    },
    async wait() {
      waiting = new AbortController();
      const { signal } = waiting;
      const milliseconds = Math.max(notBefore, restsUntil) - clock.now();
      if (milliseconds > 0) await pause(clock, milliseconds, signal);
      return !signal.aborted;
    },
    breakOff: () => waiting.abort(),
    forgive() {
      if (restsUntil > clock.now()) waiting.abort();
      restsUntil = Number.NEGATIVE_INFINITY;
      backoff.reset();
    },
  };
}
