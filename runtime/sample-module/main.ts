/**
 * The sample module: `sensor`, `hub`, `consumer`, or once `sign TEXT` or `messages`. It knows nothing of Kubernetes: all
 * it has are IoT Edge's environment variables.
 */
import { print, printError } from "./print.ts";
import { workloadClient } from "./workload-client.ts";

const hubPort = 8883;
const countsPort = 9090;
const defaultInterval = "1000";

const [role = "", ...args] = process.argv.slice(2);
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());

const roles: Readonly<Record<string, () => Promise<void>>> = {
  sensor: async () => {
    const { sense } = await import("./sensor.ts");
    await sense(Number(process.env.INTERVAL_MS ?? defaultInterval), stopping.signal);
  },
  consumer: async () => {
    const { consume } = await import("./consumer.ts");
    await consume(stopping.signal);
  },
  hub: async () => {
    const [{ serveHub }, { readUpstream }] = await Promise.all([
      import("./hub/hub.ts"),
      import("./hub/upstream/settings.ts"),
    ]);
    const device = { hubHostname: need("IOTEDGE_IOTHUBHOSTNAME"), deviceId: need("IOTEDGE_DEVICEID") };
    const names = { hostname: need("EdgeDeviceHostName"), routes: process.env.ROUTES ?? "{}" };
    const options = { device, ...names, port: hubPort, countsPort, upstream: readUpstream(process.env) };
    await serveHub(workloadClient(process.env), options, stopping.signal);
  },
  sign: async () => {
    const workload = workloadClient(process.env);
    const data = args.join(" ");
    print({ moduleId: workload.moduleId, data, digest: await workload.sign(data) });
  },
  messages: async () => {
    const answer = await fetch(`http://127.0.0.1:${countsPort}/`);
    print((await answer.json()) as object);
  },
};

try {
  const run = roles[role];
  if (run === undefined) throw new Error(`unknown role "${role}", known are: ${Object.keys(roles).join(", ")}`);
  await run();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
// The SDK keeps timers and sockets that nothing can end.
process.exit();

function need(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
