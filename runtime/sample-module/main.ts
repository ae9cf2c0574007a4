/**
 * The sample module: `sensor`, `hub`, `consumer`, or once `sign TEXT`. It knows nothing of Kubernetes: all it has are
 * IoT Edge's environment variables.
 */
import { consume } from "./consumer.ts";
import { serveHub } from "./hub.ts";
import { print, printError } from "./print.ts";
import { sense } from "./sensor.ts";
import { type WorkloadClient, workloadClient } from "./workload-client.ts";

const hubPort = 8443;

const [role = "", ...args] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());

const roles: Readonly<Record<string, (workload: WorkloadClient) => Promise<void>>> = {
  sensor: (workload) => sense(workload, hubUrl(), stopping.signal),
  hub: (workload) =>
    serveHub(workload, { hostname: process.env.HUB_HOSTNAME ?? "hub", port: hubPort }, stopping.signal),
  consumer: (workload) => consume(workload, hubUrl(), stopping.signal),
  sign: async (workload) => {
    const data = args.join(" ");
    print({ moduleId: workload.moduleId, data, digest: await workload.sign(data) });
  },
};

try {
  const run = roles[role];
  if (run === undefined) throw new Error(`unknown role "${role}", known are: ${Object.keys(roles).join(", ")}`);
  await run(workloadClient(process.env));
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

function hubUrl(): string {
  const url = process.env.HUB_URL;
  if (url === undefined) throw new Error("HUB_URL is not set");
  return url;
}
