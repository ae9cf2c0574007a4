import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Attempt } from "./host-agent.ts";

const ip = (...args: readonly string[]) => promisify(execFile)("ip", args);
const agentProgram = new URL("./host-agent.ts", import.meta.url).pathname;

/** A host in a network of its own. */
export interface Host {
  readonly address: string;
  /** Connects from there. */
  attempt(attempt: Attempt): void;
  isReached(id: number): boolean;
  end(id: number): void;
}

/** Hosts around a router, each in a network namespace of its own, without a way to this machine's network. */
export interface Hosts {
  /** Network namespace of the router, through which all packets pass. */
  readonly router: string;
  readonly byName: ReadonlyMap<string, Host>;
  remove(): Promise<void>;
}

export async function startHosts(
  names: readonly string[],
  ports: { readonly tcp: readonly number[]; readonly udp: readonly number[] },
): Promise<Hosts> {
  const prefix = `edge-np-${randomBytes(3).toString("hex")}`;
  const router = `${prefix}-router`;
  const made: string[] = [];
  const agents: ChildProcess[] = [];
  const remove = async () => {
    for (const agent of agents) agent.stdin?.end();
    for (const name of made) await ip("netns", "delete", name);
  };
  try {
    await addNamespace(router, made);
    await ip("netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1");
    const byName = new Map<string, Host>();
    for (const [index, name] of names.entries()) {
      const namespace = `${prefix}-${index}`;
      await addNamespace(namespace, made);
      const address = await join(router, namespace, index);
      const agent = spawn(
        "ip",
        ["netns", "exec", namespace, process.execPath, agentProgram, ports.tcp.join(), ports.udp.join()],
        { stdio: ["pipe", "pipe", "inherit"] },
      );
      agents.push(agent);
      byName.set(name, await speakTo(agent, address));
    }
    return { router, byName, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function addNamespace(name: string, made: string[]): Promise<void> {
  await ip("netns", "add", name);
  made.push(name);
  await ip("-n", name, "link", "set", "lo", "up");
}

/** @returns the host's address */
async function join(router: string, namespace: string, index: number): Promise<string> {
  const link = `h${index}`;
  const [gateway, address] = [`10.77.${index}.1`, `10.77.${index}.2`];
  await ip("-n", router, "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace);
  await ip("-n", router, "address", "add", `${gateway}/30`, "dev", link);
  await ip("-n", router, "link", "set", link, "up");
  await ip("-n", namespace, "address", "add", `${address}/30`, "dev", "eth0");
  await ip("-n", namespace, "link", "set", "eth0", "up");
  await ip("-n", namespace, "route", "add", "default", "via", gateway);
  return address;
}

async function speakTo(agent: ChildProcess, address: string): Promise<Host> {
  const reached = new Set<number>();
  const { stdin, stdout } = agent;
  if (stdin === null || stdout === null) throw new Error("the agent has no pipes");
  await new Promise<void>((resolve, reject) => {
    agent.once("exit", (code) => reject(new Error(`the agent of ${address} ended with ${code}`)));
    createInterface({ input: stdout }).on("line", (line) => {
      const told = JSON.parse(line) as { readonly ready?: boolean; readonly reached?: number };
      if (told.ready === true) resolve();
      if (told.reached !== undefined) reached.add(told.reached);
    });
  });
  const tell = (line: object) => stdin.write(`${JSON.stringify(line)}\n`);
  return {
    address,
    attempt: tell,
    isReached: (id) => reached.has(id),
    end: (id) => tell({ end: id }),
  };
}
