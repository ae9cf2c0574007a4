import { setTimeout as sleep } from "node:timers/promises";
import { printError } from "./print.ts";

/** Runs `action` again and again until `signal`; a failure is printed, and the next turn tries anew. */
export async function every(milliseconds: number, signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await action().catch(printError);
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}
