import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Courtroom, openCourtroom, type Place } from "../../iot-hub/judges/courtroom.ts";
import { createNamespace, type Namespace } from "../../iot-hub/judges/namespace.ts";
import { servePorts } from "../../iot-hub/judges/network.ts";
import { waitFor } from "../../support/wait-for.ts";
import { writeSample } from "../sample-modules/program.ts";
import { startWorkload, type Workload } from "../sample-modules/workload.ts";
import { joinNetworks } from "./link.ts";

export const deviceId = "line-1";
const cloudAddress = "10.77.0.1";

/** The sample's hub as a process. */
export interface SampleHub {
  readonly lines: readonly Record<string, unknown>[];
  printed(wanted: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Without a chance to write anything. */
  kill(): Promise<void>;
  /** As a pod is stopped. */
  stop(): Promise<void>;
}

/** A factory with the sample's hub and its modules, in a network of its own, and IoT Hub in another one. */
export interface Site {
  readonly room: Courtroom;
  readonly workload: Workload;
  /** Where a module finds iotedged, and nothing else than its environment. */
  place(moduleId: string): Promise<Place>;
  startHub(environment?: Readonly<Record<string, string>>): Promise<SampleHub>;
  /** Gives the hub a disk of this size, in MiB, from its next start on. */
  limitStorage(mebibytes: number): Promise<void>;
  close(): Promise<void>;
}

export async function openSite(modules: readonly string[], routes: Readonly<Record<string, string>>): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), "site-"));
  await mkdir(join(directory, "storage"));
  await writeSample(directory);
  const room = await openCourtroom();
  const { fake } = room;
  await writeFile(join(directory, "iot-hub-ca.pem"), fake.caPem);
  const workload = await startWorkload(["$edgeHub", ...modules], fake.hub.hostName);
  const { registry } = fake.hub;
  registry.putDevice(deviceId, { deviceId, capabilities: { iotEdge: true } }, undefined);
  for (const moduleId of modules) {
    const symmetricKey = { primaryKey: workload.keyOf(moduleId), secondaryKey: workload.keyOf(moduleId) };
    const authentication = { type: "sas", symmetricKey };
    registry.putModule(deviceId, moduleId, { deviceId, moduleId, managedBy: "IotEdge", authentication }, undefined);
  }
  const namespace = await createNamespace(`127.0.0.1 localhost\n${cloudAddress} ${fake.hub.hostName}\n`);
  await joinNetworks(room.network, cloudAddress, namespace, "10.77.0.2");
  await servePorts(fake, room.network, cloudAddress);

  const places = new Map<string, Promise<Place>>();
  const makePlace = async (moduleId: string): Promise<Place> => {
    const sidecar = createServer(workload.sidecarOf(moduleId));
    const { server, port } = await namespace.listen(0, "127.0.0.1");
    server.on("connection", (socket) => sidecar.emit("connection", socket));
    servers.push(server);
    const uri = { IOTEDGE_WORKLOADURI: `http://localhost:${port}/` };
    return { namespace, environment: { ...uri, ...workload.environmentOf(moduleId) } };
  };
  const servers: { close(): void }[] = [];
  const place = (moduleId: string) => {
    const found = places.get(moduleId) ?? makePlace(moduleId);
    places.set(moduleId, found);
    return found;
  };
  const hubs: SampleHub[] = [];

  return {
    ...{ room, workload, place },
    startHub: async (environment = {}) => {
      const { environment: own } = await place("$edgeHub");
      const hub = startHub(namespace, join(directory, "main.mjs"), {
        ...own,
        ROUTES: JSON.stringify(routes),
        UPSTREAM: "iothub",
        StorageFolder: join(directory, "storage"),
        UPSTREAM_CA_FILE: join(directory, "iot-hub-ca.pem"),
        ...environment,
      });
      hubs.push(hub);
      await hub.printed({ event: "listening" });
      return hub;
    },
    limitStorage: async (mebibytes) => {
      const storage = join(directory, "storage");
      const mount = namespace.start(
        "mount",
        ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", storage],
        process.env,
      );
      const [code] = await once(mount, "exit");
      if (code !== 0) throw new Error(`mount ended with ${code}`);
    },
    close: async () => {
      await Promise.all(hubs.map((hub) => hub.kill()));
      await room.close();
      for (const server of servers) server.close();
      await namespace.remove();
      await workload.api.close();
      await rm(directory, { recursive: true });
    },
  };
}

function startHub(namespace: Namespace, program: string, environment: Record<string, string>): SampleHub {
  const child = namespace.start(process.execPath, [program, "hub"], environment);
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => void lines.push(JSON.parse(line)));
  createInterface({ input: child.stderr }).on("line", (line) => void lines.push({ stderr: line }));
  return {
    lines,
    printed: (wanted) =>
      waitFor(
        `the hub to print ${JSON.stringify(wanted)}`,
        () => {
          const found = lines.find((line) => Object.entries(wanted).every(([key, value]) => line[key] === value));
          if (found === undefined) throw new Error(`it printed ${JSON.stringify(lines.slice(-10))}`);
          return found;
        },
        60,
      ),
    kill: () => end(child, "SIGKILL"),
    stop: () => end(child, "SIGTERM"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
