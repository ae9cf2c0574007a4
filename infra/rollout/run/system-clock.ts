import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../model/index.ts";

/** Longer waits are slept in parts: a timer takes no more, and a machine that was suspended is noticed. */
const longestSleep = 60_000;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleepUntil: async (time, signal) => {
    for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
      await delay(Math.min(left, longestSleep), undefined, { signal });
    }
  },
};
