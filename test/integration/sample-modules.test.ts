import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canUnpackPython, debianPython, pypiPackages, testBuildContext } from "../support/python/python.ts";
import { waitFor } from "../support/wait-for.ts";
import { writeSample } from "./sample-modules/program.ts";
import { startWorkload, type Workload } from "./sample-modules/workload.ts";

const modules = ["$edgeHub", "sensor", "consumer", "npm", "pypi", "loud"];

let workload: Workload;
let directory: string;
let hub: Awaited<ReturnType<typeof start>>;
const proxies: Server[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sample-"));
  await writeSample(directory);
  await copyFile(join(import.meta.dirname, "sample-modules/npm-client.mjs"), join(directory, "npm-client.mjs"));
  workload = await startWorkload(modules, "hub.example");
  await writeFile(join(directory, "ca.pem"), workload.caPem);
});

afterAll(async () => {
  for (const child of children) child.kill();
  await Promise.all(
    children.map((child) => (child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined)),
  );
  for (const proxy of proxies) proxy.close();
  await workload.api.close();
  await rm(directory, { recursive: true });
});

async function startProxy(moduleId: string): Promise<string> {
  const proxy = createServer(workload.sidecarOf(moduleId));
  proxies.push(proxy.listen(0, "127.0.0.1"));
  await once(proxy, "listening");
  return `http://localhost:${(proxy.address() as AddressInfo).port}/`;
}

/** Runs the sample as `moduleId`. */
function start(role: string, moduleId: string, environment: Record<string, string> = {}) {
  return run([process.execPath, join(directory, "main.mjs"), role], moduleId, environment);
}

/** Runs a program as `moduleId`, by default with all that EdgeAgent gives it, and collects what it prints. */
async function run(
  [program = "", ...args]: readonly string[],
  moduleId: string,
  environment: Readonly<Record<string, string>> = {},
) {
  const child = spawn(program, args, {
    env: {
      IOTEDGE_WORKLOADURI: await startProxy(moduleId),
      ...workload.environmentOf(moduleId),
      ...environment,
    },
  });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => void lines.push(JSON.parse(line)));
  createInterface({ input: child.stderr }).on("line", (line) => void lines.push({ stderr: line }));
  const printed = (wanted: Record<string, unknown>) =>
    waitFor(
      `${moduleId} to print ${JSON.stringify(wanted)}`,
      async () => {
        const found = lines.find((line) => Object.entries(wanted).every(([key, value]) => line[key] === value));
        if (found === undefined) throw new Error(`it printed ${JSON.stringify(lines.slice(-10))}`);
        return found;
      },
      60,
    );
  return { child, lines, printed };
}

/** Logs in to the hub, and publishes so many bytes. */
function runNeighbour(topic: string, payload: number) {
  const claim = { deviceId: "line-1", moduleId: "loud", key: workload.keyOf("loud"), ca: workload.caPem };
  const asked = JSON.stringify({ ...claim, hub: "hub.example", topic, payload });
  return run([process.execPath, join(import.meta.dirname, "sample-modules/neighbour.mjs"), asked], "loud");
}

const routes = JSON.stringify({
  readings: 'FROM /messages/modules/sensor/outputs/readings INTO BrokeredEndpoint("/modules/consumer/inputs/readings")',
});

/** What the hub has seen of one module, in this order. */
function seenOf(moduleId: string, event: string): Record<string, unknown>[] {
  const ids = [moduleId, `line-1/${moduleId}`];
  return hub.lines.filter((line) => line.event === event && ids.includes(String(line.moduleId ?? line.clientId)));
}

/** The module gets plain answers on the one connection that it has, and goes on sending. */
async function expectOneConnection(moduleId: string): Promise<void> {
  const { modules: counts } = (await (await fetch("http://127.0.0.1:9090/")).json()) as {
    modules: { moduleId: string; sent: number }[];
  };
  expect(counts.find((count) => count.moduleId === moduleId)).toMatchObject({ sent: 1 });
  expect(seenOf(moduleId, "connected")).toHaveLength(1);
  expect(seenOf(moduleId, "clientError")).toEqual([]);
}

describe("modules of the unmodified npm SDK, a hub and iotedged's workload API", () => {
  it("pass messages on from an output to an input", async () => {
    hub = await start("hub", "$edgeHub", { ROUTES: routes });
    await hub.printed({ event: "listening" });
    const consumer = await start("consumer", "consumer");
    await consumer.printed({ event: "connected" });
    const sensor = await start("sensor", "sensor", { INTERVAL_MS: "100" });
    await sensor.printed({ event: "sent" });
    const received = await consumer.printed({ event: "received", input: "readings" });
    expect(received.reading).toMatchObject({ celsius: expect.any(Number) });
    const counts = (await (await fetch("http://127.0.0.1:9090/")).json()) as { modules: unknown[] };
    expect(counts.modules).toEqual([
      { moduleId: "consumer", sent: 0, received: expect.any(Number) },
      { moduleId: "sensor", sent: expect.any(Number), received: 0 },
    ]);
  });

  it("are refused when the token is signed by a key that is not theirs", async () => {
    const key = Buffer.alloc(32, 3).toString("base64");
    const claim = "HostName=hub.example;DeviceId=line-1;ModuleId=sensor;GatewayHostName=localhost";
    const impostor = await start("sensor", "sensor", {
      EdgeHubConnectionString: `${claim};SharedAccessKey=${key}`,
      EdgeModuleCACertificateFile: join(directory, "ca.pem"),
    });
    await hub.printed({ event: "refused", clientId: "line-1/sensor" });
    expect(impostor.lines).not.toContainEqual({ event: "connected" });
  });
});

it("a packet that is too large ends its connection, before anybody is known and after", async () => {
  const stranger = connect({ host: "localhost", port: 8883, ca: workload.caPem });
  stranger.on("error", () => {});
  // 256 MiB are announced.
  stranger.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
  await hub.printed({ event: "connectionError", error: "a packet of over 16384 bytes" });
  const { printed } = await runNeighbour("devices/line-1/modules/loud/messages/events/", 310_000);
  await printed({ outcome: "cut off" });
  await hub.printed({ event: "clientError", clientId: "line-1/loud", error: "a packet of over 307200 bytes" });
});

describe("what the hub does not serve", () => {
  const noTwins = "The sample's hub has no twins: they need IoT Hub";

  it("is refused to the npm SDK without an end of the connection", async () => {
    const client = await run([process.execPath, join(directory, "npm-client.mjs")], "npm");
    await client.printed({ event: "end" });
    const outcomes = Object.fromEntries(client.lines.map(({ event, ...more }) => [event, more]));
    expect(outcomes).toMatchObject({
      "get-twin": { outcome: "Error", message: noTwins },
      "get-twin-again": { outcome: "Error", message: noTwins },
      "on-method": { outcome: "done" },
      send: { outcome: "done" },
      "web-socket": { outcome: expect.stringMatching(/Error$/) },
    });
    expect(seenOf("npm", "unserved").map(({ topic }) => topic)).toContain("$iothub/methods/POST/#");
    await expectOneConnection("npm");
  });

  it.skipIf(!canUnpackPython())("is refused to the PyPI SDK without an end of the connection", async () => {
    const context = testBuildContext();
    const python = await debianPython(context);
    const packages = await pypiPackages(
      context,
      python,
      join(import.meta.dirname, "../e2e/python-module/requirements.txt"),
    );
    const client = await run([python.program, join(import.meta.dirname, "sample-modules/pypi_client.py")], "pypi", {
      ...python.environment,
      PYTHONPATH: [packages, join(python.tree, "usr/lib/python3/dist-packages")].join(":"),
    });
    await client.printed({ event: "end" });
    const outcomes = Object.fromEntries(client.lines.map(({ event, ...more }) => [event, more]));
    expect(outcomes).toMatchObject({
      "get-twin": { outcome: "ClientError", message: "twin operation returned status 501" },
      "patch-twin": { outcome: "ClientError", message: "twin operation returned status 501" },
      send: { outcome: "done" },
      "web-socket": { outcome: expect.stringMatching(/Error$/) },
    });
    expect(seenOf("pypi", "unserved").map(({ topic }) => topic)).toEqual(
      expect.arrayContaining(["$iothub/methods/POST/#", "$iothub/twin/PATCH/properties/desired/#"]),
    );
    await expectOneConnection("pypi");
  });
});

it("while the hub cannot ask iotedged, modules are told to come again, and not that they are refused", async () => {
  const [sidecarOfHub] = proxies;
  sidecarOfHub?.close();
  const { printed } = await runNeighbour("devices/line-1/modules/loud/messages/events/", 1);
  expect(await printed({ outcome: "refused" })).toMatchObject({ code: 3 });
});
