import { setTimeout as sleep } from "node:timers/promises";

/**
 * Polls until `probe` answers something other than undefined.
 *
 * @param what completes "waited N s for ..." in the error
 * @param probe answers undefined while the thing is not there; what it throws counts as not there yet
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  seconds = 120,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`, { cause: last });
    await sleep(250);
  }
}
