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
