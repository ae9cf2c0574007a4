import type { Logger } from "./logger.ts";

/** A pod has 30 s from SIGTERM to SIGKILL. */
const deadline = 25_000;

/**
 * Ends the process at SIGTERM or SIGINT, after `stop`: with code 0 when that was done in time, else with 1.
 *
 * @param stop called once
 */
export function onTermination(logger: Logger, stop: () => Promise<void>): void {
  let stopping = false;
  async function terminate(signal: NodeJS.Signals): Promise<void> {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), deadline).unref();
    try {
      await stop();
      process.exit(0);
    } catch (error) {
      logger.error({ error }, "did not stop cleanly");
      process.exit(1);
    }
  }
  process.on("SIGTERM", terminate);
  process.on("SIGINT", terminate);
}
