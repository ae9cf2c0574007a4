import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `unshare` needs for a network and an `/etc/hosts` of one's own. */
export const unshare = ["--net", "--mount", "--propagation", "private"];
const holder = join(import.meta.dirname, "network-holder.mjs");
const enter = 'ip link set lo up && mount --bind "$0" /etc/hosts && exec "$@"';

/** A network, and host names, that nothing else on the machine has. */
export interface Namespace {
  readonly pid: number;
  /** Makes a port there, which this process serves; 0 for any. */
  listen(port: number, host: string): Promise<{ readonly server: Server; readonly port: number }>;
  start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): ChildProcessWithoutNullStreams;
  remove(): Promise<void>;
}

/** @param hosts text of `/etc/hosts` */
export async function createNamespace(hosts: string): Promise<Namespace> {
  const directory = await mkdtemp(join(tmpdir(), "edge-namespace-"));
  const file = join(directory, "hosts");
  await writeFile(file, hosts);
  const keeper = spawn("unshare", [...unshare, "sh", "-c", enter, file, process.execPath, holder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const gone = once(keeper, "exit");
  const failed = gone.then(() => Promise.reject(new Error("there is no network")));
  failed.catch(() => {});
  await Promise.race([once(keeper, "message"), failed]);
  return {
    pid: keeper.pid ?? 0,
    listen: async (port, host) => {
      keeper.send({ port, host });
      const [message, server] = await Promise.race([once(keeper, "message"), failed]);
      return { server: server as Server, port: (message as { port: number }).port };
    },
    start: (program, args, environment) =>
      spawn("nsenter", ["--target", String(keeper.pid), "--net", "--mount", program, ...args], { env: environment }),
    remove: async () => {
      keeper.disconnect();
      await gone;
      await rm(directory, { recursive: true });
    },
  };
}
