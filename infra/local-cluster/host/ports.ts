import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { describeProcess } from "#base";
import { clusterErrors } from "../errors.ts";

/** A socket that waits for connections or packets. */
export interface Listener {
  /** IPv4 address; `0.0.0.0` for all, of both families. Other IPv6 sockets are of no concern to us. */
  readonly address: string;
  readonly port: number;
  /** Identifies the socket; names its process. */
  readonly inode: string;
}

const tables = ["tcp", "tcp6", "udp", "udp6"] as const;
/** Connection states in which a socket takes what comes: of TCP "listen", of UDP "close". */
const listening = { tcp: "0A", udp: "07" } as const;
const anyAddress = /^0+$/;

/** Parses `/proc/net/{tcp,tcp6,udp,udp6}`. */
export function parseListeners(text: string, protocol: "tcp" | "udp"): Listener[] {
  return text.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    if (state !== listening[protocol] || !/^[0-9A-F]{4}$/.test(port) || !/^\d+$/.test(inode)) return [];
    const readable = anyAddress.test(address) ? "0.0.0.0" : ipv4(address);
    return readable === undefined ? [] : [{ address: readable, port: Number.parseInt(port, 16), inode }];
  });
}

/** All sockets of this machine that wait for connections or packets. */
export function listListeners(): Listener[] {
  return tables.flatMap((table) => {
    try {
      return parseListeners(readFileSync(`/proc/net/${table}`, "utf8"), table.startsWith("tcp") ? "tcp" : "udp");
    } catch {
      return []; // a kernel without IPv6 has no such table
    }
  });
}

/** The listener that keeps others from `port` of `address`, if any. */
export function blockingListener(listeners: readonly Listener[], address: string, port: number): Listener | undefined {
  return listeners.find((each) => each.port === port && (each.address === address || each.address === "0.0.0.0"));
}

/**
 * @param ports by the component that needs it
 * @throws EDGE_CLUSTER_PORT_IN_USE
 */
export function requireFreePorts(address: string, ports: Readonly<Record<string, number>>): void {
  const listeners = listListeners();
  for (const [component, port] of Object.entries(ports)) {
    const blocking = blockingListener(listeners, address, port);
    if (blocking) {
      throw clusterErrors.EDGE_CLUSTER_PORT_IN_USE({ port, component, process: describeOwner(blocking.inode) });
    }
  }
}

/** `wanted`, or the next port that is free on `address`. */
export function freePortFrom(wanted: number, address: string, listeners = listListeners()): number {
  return blockingListener(listeners, address, wanted) ? freePortFrom(wanted + 1, address, listeners) : wanted;
}

/**
 * Below 30000, where node ports begin, and 32768, from where the kernel takes ports for outgoing connections: one of
 * those could take the port of a server that restarts.
 */
const testPorts = { first: 20_000, count: 10_000 } as const;

/** A port of 127.0.0.1 that nobody uses now, and that no outgoing connection is given. */
export async function anyFreePort(random: () => number = Math.random): Promise<number> {
  for (;;) {
    const port = testPorts.first + Math.floor(random() * testPorts.count);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** The process that owns a socket, for people. */
function describeOwner(inode: string): string {
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    if (ownsSocket(pid, inode)) return describeProcess(Number(pid));
  }
  return "a process of another user";
}

function ownsSocket(pid: string, inode: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false; // it has ended, or is somebody else's
  }
}

/** The kernel prints an IPv4 address as the machine's 32-bit number: on the machines that we run on, last byte first. */
function ipv4(hex: string): string | undefined {
  if (hex.length !== 8) return undefined;
  const bytes = hex.match(/../g) ?? [];
  return bytes
    .reverse()
    .map((byte) => Number.parseInt(byte, 16))
    .join(".");
}
