import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FakeIotHub } from "../index.ts";

const unshare = ["--net", "--mount", "--propagation", "private"];
const holder = join(import.meta.dirname, "network-holder.mjs");
const enter = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"';

/** Why clients cannot be given a network in which a host name of a test is IoT Hub's; undefined where they can. */
export function lacksJudgeNetwork(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  if (process.getuid?.() !== 0) return "it needs root: network and mount namespaces";
  const probe = spawnSync("unshare", [...unshare, "sh", "-c", "ip link set lo up && command -v nsenter"]);
  return probe.status === 0 ? undefined : "it needs unshare, nsenter and ip, and leave to make namespaces";
}

/**
 * A network of their own for unmodified clients: they cannot be told ports, so that 443 and 8883 are the fake's there,
 * and `/etc/hosts` has its host names.
 */
export interface JudgeNetwork {
  start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams;
  remove(): Promise<void>;
}

export async function createJudgeNetwork(fake: FakeIotHub): Promise<JudgeNetwork> {
  const directory = await mkdtemp(join(tmpdir(), "edge-judges-"));
  const hosts = join(directory, "hosts");
  const names = ["localhost", ...fake.hubs.map(({ hostName }) => hostName), fake.provisioning.hostName];
  await writeFile(hosts, `127.0.0.1 ${names.join(" ")}\n`);
  const keeper = spawn("unshare", [...unshare, "sh", "-c", enter, hosts, process.execPath, holder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const gone = once(keeper, "exit");
  await Promise.race([takePorts(keeper, fake), gone.then(() => Promise.reject(new Error("there is no network")))]);
  return {
    start: (program, args, environment) =>
      spawn("nsenter", ["--target", String(keeper.pid), "--net", "--mount", program, ...args], { env: environment }),
    remove: async () => {
      keeper.disconnect();
      await gone;
      await rm(directory, { recursive: true });
    },
  };
}

function takePorts(keeper: ChildProcess, fake: FakeIotHub): Promise<void> {
  let left = 2;
  return new Promise((resolve) =>
    keeper.on("message", (message, server) => {
      fake.attach((message as { port: number }).port === 443 ? "https" : "mqtt", server as Server);
      if (--left === 0) resolve();
    }),
  );
}
