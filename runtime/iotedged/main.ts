import { totalmem } from "node:os";
import { systemClock } from "#base";
import { ports } from "#contract";
import {
  createLogger,
  everyAddress,
  type Logger,
  loadKubeConfig,
  onTermination,
  requireEnvironment,
  requireNode,
  version,
} from "#shared";
import { startDaemon } from "./daemon.ts";
import { readOwnAccount } from "./own-account.ts";

/** As long as a Service takes to forget a pod that is not ready. */
const drainTime = 5000;

/** Wires iotedged to its pod: environment, API server, signals. */
async function main(log: Logger): Promise<void> {
  requireNode();
  const podName = requireEnvironment(process.env, "POD_NAME");
  const daemon = await startDaemon({
    root: "",
    podName,
    account: await readOwnAccount(""),
    host: everyAddress(),
    ports,
    kubeConfig: loadKubeConfig(),
    clock: systemClock,
    random: Math.random,
    drainTime,
    // Of the cgroup, or of the machine where that has none.
    memoryLimit: Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()),
    processMetrics: true,
    log,
  });
  onTermination(log, daemon.stop);
  log.info({ version, podName }, "iotedged serves");
}

const log = createLogger({ component: "iotedged", level: "info" });
main(log).catch((error: unknown) => {
  log.fatal({ error }, "iotedged cannot start");
  process.exit(1);
});
