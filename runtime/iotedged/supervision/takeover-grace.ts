import type { Clock } from "#base";

/** State of a Deployment that is not there. */
export const absent = "absent";

/**
 * How long a new leader leaves alone what the replica before it wrote: replicas see new settings up to a minute apart,
 * and differ in version during a rollout, so that the one before may have known better.
 */
export interface TakeoverGrace {
  /**
   * @param wanted hash of the Deployment as it should be, or {@link absent}
   * @param live hash that it carries, {@link absent}, or undefined when no iotedged wrote it
   * @param leads whether this process is the one that writes
   * @returns milliseconds until what is there may be taken for a mistake; not positive when it may be changed now
   */
  wait(wanted: string, live: string | undefined, leads: boolean): number;
  /** Told of each write. */
  wrote(state: string): void;
}

/** What another wrote is taken for a mistake after so many milliseconds. */
const tolerance = 90_000;

export function createTakeoverGrace(clock: Clock): TakeoverGrace {
  /** The last state that was wanted and there at the same time. */
  let agreed: string | undefined;
  let othersSince: number | undefined;

  function agree(state: string): void {
    agreed = state;
    othersSince = undefined;
  }

  return {
    wait: (wanted, live, leads) => {
      if (wanted === live) agree(wanted);
      if (wanted !== agreed) othersSince = undefined;
      if (wanted === live || wanted !== agreed) return 0;
      const isOfAnotherVersion = wanted !== absent && live !== absent && live !== undefined;
      if (leads && othersSince === undefined && !isOfAnotherVersion) return 0;
      othersSince ??= clock.now();
      return othersSince + tolerance - clock.now();
    },
    wrote: agree,
  };
}
