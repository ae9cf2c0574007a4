import { isRunning, type ProcessRecord } from "./process-record.ts";
import { waitUntil } from "./wait.ts";

/** Milliseconds that the kernel gets to remove a killed process. */
const killPeriod = 5_000;

/**
 * Ends a process: gently, then hard. Does nothing if it has ended, or if its pid is another's by now.
 *
 * @param grace milliseconds that it gets to end by itself
 */
export async function endProcess(record: ProcessRecord, grace: number): Promise<void> {
  send(record, "SIGTERM");
  if (await waitUntil(() => !isRunning(record), grace)) return;
  await killProcess(record);
}

/** Ends a process at once. */
export async function killProcess(record: ProcessRecord): Promise<void> {
  send(record, "SIGKILL");
  await waitUntil(() => !isRunning(record), killPeriod);
}

function send(record: ProcessRecord, signal: NodeJS.Signals): void {
  if (!isRunning(record)) return;
  try {
    process.kill(record.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
