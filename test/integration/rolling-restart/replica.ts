/** A replica of iotedged as a process of its own: mounted files below its first argument, its pod's name the second. */

import { systemClock } from "../../../runtime/base/clock.ts";
import { startDaemon } from "../../../runtime/iotedged/daemon.ts";
import { loadKubeConfig } from "../../../runtime/shared/kubernetes/kube-config.ts";
import { onTermination } from "../../../runtime/shared/lifecycle.ts";
import { createLogger } from "../../../runtime/shared/logger.ts";

const [root = "", podName = ""] = process.argv.slice(2);
const log = createLogger({ component: "iotedged", level: "warn" });
const daemon = await startDaemon({
  root,
  podName,
  host: "127.0.0.1",
  ports: { management: 0, workload: 0, observability: 0 },
  kubeConfig: loadKubeConfig(),
  clock: systemClock,
  random: Math.random,
  drainTime: 5000,
  memoryLimit: 256 * 1024 ** 2,
  processMetrics: false,
  log,
});
onTermination(log, daemon.stop);
process.send?.(daemon.ports);
