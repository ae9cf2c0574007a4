import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { waitFor } from "../../support/wait-for.ts";

const queue = "100";

export interface Enforcer {
  /** What became of the first packet of a connection; undefined while nothing has. */
  verdict(connection: string): "accept" | "drop" | undefined;
  stop(): Promise<void>;
}

/** As {@link Enforcer.verdict} names a connection. */
export function connectionOf(from: string, fromPort: number, to: string, toPort: number, protocol: string): string {
  return `${from}:${fromPort} ${to}:${toPort} ${protocol}`;
}

/**
 * Enforces the NetworkPolicies of a cluster on what passes through a router. Packets come to it by a rule of iptables, and
 * not by its own of nftables, for which not every kernel has the expression `queue`.
 */
export async function startEnforcer(
  program: string,
  router: string,
  kubeconfig: string,
  server: URL,
): Promise<Enforcer> {
  const directory = await mkdtemp(join(tmpdir(), "edge-enforcer-"));
  const socket = join(directory, "api");
  // The router has no way to this machine's network, where the API server is.
  const bridge = createServer((client) => {
    const upstream = connect(Number(server.port), server.hostname);
    client.pipe(upstream).pipe(client);
    for (const end of [client, upstream]) end.on("error", () => [client, upstream].map((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => bridge.listen(socket, resolve));
  const rule = ["FORWARD", "-m", "conntrack", "--ctstate", "NEW", "-j", "NFQUEUE", "--queue-num", queue];
  await promisify(execFile)("ip", ["netns", "exec", router, "iptables", "-t", "mangle", "-A", ...rule]);
  const args = [`--kubeconfig=${kubeconfig}`, `--api-socket=${socket}`, "--node=none", `--queue=${queue}`, "-v=2"];
  const child = spawn("ip", ["netns", "exec", router, program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const verdicts = new Map<string, "accept" | "drop">();
  const lines = readLog(child, verdicts);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const isRunning = child.exitCode === null && child.signalCode === null;
    if (isRunning && child.kill("SIGTERM")) await ended;
    await promisify(execFile)("ip", ["netns", "exec", router, "iptables", "-t", "mangle", "-D", ...rule]);
    await new Promise((resolve) => bridge.close(resolve));
    await rm(directory, { recursive: true });
  };
  try {
    await waitFor("the enforcer to have all objects", () => {
      if (child.exitCode !== null) throw new Error(lines.slice(-20).join("\n"));
      return lines.includes("synced") ? true : undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const verdict = (connection: string) => {
    if (child.exitCode !== null) throw new Error(`the enforcer has ended:\n${lines.slice(-20).join("\n")}`);
    return verdicts.get(connection);
  };
  return { verdict, stop };
}

const most = 200;

/** The log names a packet by a number when it comes, and says the verdict on that number. */
function readLog(child: ChildProcess, verdicts: Map<string, "accept" | "drop">): string[] {
  const lines: string[] = [];
  const packets = new Map<string, string>();
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue;
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      if (lines.length > most) lines.shift();
      const [, id, connection] = /\[(\d+)\] (\S+:\d+ \S+:\d+ (?:TCP|UDP))/.exec(line) ?? [];
      if (id !== undefined && connection !== undefined) packets.set(id, connection);
      const [, judged = "", verdict] = /"Finished syncing packet" id=(\d+) .*verdict="(accept|drop)"/.exec(line) ?? [];
      const known = packets.get(judged);
      if (known !== undefined && verdict !== undefined) verdicts.set(known, verdict as "accept" | "drop");
    });
  }
  return lines;
}
