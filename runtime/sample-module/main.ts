/**
 * The sample module: `sensor`, `hub`, `consumer`, or once `sign TEXT`. It knows nothing of Kubernetes: all it has are
 * IoT Edge's environment variables.
 */
import { consume } from "./consumer.ts";
import { serveHub } from "./hub.ts";
import { print } from "./print.ts";
import { sense } from "./sensor.ts";
import { workloadClient } from "./workload-client.ts";

const [role = "", ...args] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());

const workload = workloadClient(process.env);
const roles: Readonly<Record<string, () => Promise<void>>> = {
  sensor: () => sense(workload, hubUrl(), stopping.signal),
  hub: () => serveHub(workload, process.env.HUB_HOSTNAME ?? "hub", stopping.signal),
  consumer: () => consume(workload, hubUrl(), stopping.signal),
  sign: async () => {
    const data = args.join(" ");
    print({ moduleId: workload.moduleId, data, digest: await workload.sign(data) });
  },
};

const run = roles[role];
if (run === undefined) {
  print({ error: `unknown role "${role}"`, roles: Object.keys(roles) });
  process.exit(2);
}
await run().catch((error: Error) => {
  print({ error: error.message });
  process.exitCode = 1;
});

function hubUrl(): string {
  const url = process.env.HUB_URL;
  if (url === undefined) throw new Error("HUB_URL is not set");
  return url;
}
