import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `condition` holds.
 *
 * @param timeout in milliseconds
 * @param interval between two looks, in milliseconds
 * @returns whether it held within the time
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeout: number,
  interval = 50,
): Promise<boolean> {
  const deadline = performance.now() + timeout;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(interval);
  }
}

/**
 * Waits for all, then throws the first error if there is one. Unlike with `Promise.all`, nothing still runs when it
 * throws, so what was done can be undone.
 */
export async function settleAll(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
