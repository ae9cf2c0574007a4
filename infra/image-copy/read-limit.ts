import { readFile } from "node:fs/promises";
import { systemTimer, type Timer } from "#base";

/** Milliseconds between two looks: what a network brings meanwhile may come on top. */
const interval = 250;

/**
 * Returns once a process has read more than it may, from the network and from files together. Linux alone tells what a
 * process reads: elsewhere this does not return.
 *
 * @param most bytes
 * @param signal ends the wait, by its reason
 */
export async function untilReadMore(
  pid: number,
  most: number,
  signal: AbortSignal,
  { read = bytesReadBy, timer = systemTimer }: { readonly read?: typeof bytesReadBy; readonly timer?: Timer } = {},
): Promise<void> {
  for (;;) {
    await timer.sleep(interval, signal);
    if ((await read(pid)) > most) return;
  }
}

/** Bytes that a process has read so far; 0 of one that is gone, or where nothing tells. */
async function bytesReadBy(pid: number): Promise<number> {
  const counters = await readFile(`/proc/${pid}/io`, "utf8").catch(() => "");
  return Number(/^rchar: (\d+)$/m.exec(counters)?.[1] ?? 0);
}
