import type { Clock } from "../../runtime/base/clock.ts";

const minute = 60_000;

/** Lets so many operations pass in any minute. */
export interface Throttle {
  /** @returns undefined when the operation passes, otherwise the seconds until one may */
  take(): number | undefined;
}

export function createThrottle(operationsPerMinute: number, clock: Pick<Clock, "now">): Throttle {
  let passed: number[] = [];
  return {
    take: () => {
      const now = clock.now();
      passed = passed.filter((time) => now - time < minute);
      if (passed.length < operationsPerMinute) {
        passed.push(now);
        return undefined;
      }
      return Math.max(1, Math.ceil((minute - (now - (passed[0] ?? now))) / 1000));
    },
  };
}
