/** iotedged as a process of its own, whose mounted files are below the directory of its first argument. */

import { systemClock } from "../../../runtime/base/clock.ts";
import { startDaemon } from "../../../runtime/iotedged/daemon.ts";
import { loadKubeConfig } from "../../../runtime/shared/kubernetes/kube-config.ts";
import { createLogger } from "../../../runtime/shared/logger.ts";
import { reportUsage } from "./usage.ts";

const daemon = await startDaemon({
  root: process.argv[2] ?? "",
  podName: "iotedged-0",
  host: "127.0.0.1",
  serverNames: ["iotedged", "localhost"],
  ports: { management: 0, workload: 0, observability: 0 },
  kubeConfig: loadKubeConfig(),
  clock: systemClock,
  random: Math.random,
  drainTime: 0,
  memoryLimit: Number(process.env.MEMORY_LIMIT),
  processMetrics: true,
  log: createLogger({ component: "iotedged", level: "info", destination: { write: () => {} } }),
});
reportUsage();
process.send?.({ ...daemon.ports, port: daemon.ports.workload });
