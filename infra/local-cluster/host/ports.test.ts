import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import {
  anyFreePort,
  blockingListener,
  freePortFrom,
  listListeners,
  parseListeners,
  requireFreePorts,
} from "./ports.ts";

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1067 1 0000 100 0
   1: 0100F50A:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2002 1 0000 100 0
   2: 0100007F:C350 0100007F:192B 01 00000000:00000000 00:00000000 00000000     0        0 3003 1 0000 20 4
`;
const tcp6 = `header
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 00:0 0     0        0 4004 1
   1: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 0:0 00:0 0     0        0 5005 1
`;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function listen(address: string, port = 0): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(port, address, () => resolve((server.address() as { port: number }).port));
  });
}

describe("parseListeners", () => {
  it("finds listening sockets, not connections", () => {
    expect(parseListeners(tcp, "tcp")).toEqual([
      { address: "0.0.0.0", port: 2024, inode: "1067" },
      { address: "10.245.0.1", port: 6443, inode: "2002" },
    ]);
  });

  it("takes an IPv6 socket on all addresses for one on all IPv4 addresses", () => {
    expect(parseListeners(tcp6, "tcp")).toEqual([{ address: "0.0.0.0", port: 80, inode: "4004" }]);
  });

  it("never throws", () => {
    fc.assert(fc.property(fc.string(), (text) => parseListeners(text, "udp").length === 0));
  });
});

describe("blockingListener", () => {
  const listeners = parseListeners(tcp, "tcp");

  it.each([
    ["all addresses", "10.245.0.1", 2024],
    ["the same address", "10.245.0.1", 6443],
  ])("is one on %s", (_, address, port) => expect(blockingListener(listeners, address, port)).toBeDefined());

  it("is none on another address", () => {
    expect(blockingListener(listeners, "127.0.0.1", 6443)).toBeUndefined();
  });

  it("moves the API server to the next port", () => {
    expect(freePortFrom(6443, "10.245.0.1", listeners)).toBe(6444);
    expect(freePortFrom(6443, "127.0.0.1", listeners)).toBe(6443);
  });
});

describe("requireFreePorts", () => {
  it("names port, component and process", async () => {
    const port = await listen("0.0.0.0");
    const check = () => requireFreePorts("10.245.0.1", { kubelet: port });
    expect(check).toThrow(expect.objectContaining({ code: "EDGE_CLUSTER_PORT_IN_USE" }));
    expect(check).toThrow(`port ${port}, which kubelet needs, is in use by ${process.execPath} (pid ${process.pid})`);
  });

  it("does not mind listeners on 127.0.0.1", async () => {
    const port = await listen("127.0.0.1");
    expect(listListeners().some((each) => each.port === port)).toBe(true);
    expect(() => requireFreePorts("10.245.0.1", { kubelet: port })).not.toThrow();
  });
});

describe("anyFreePort", () => {
  it("passes over a port that is in use", async () => {
    const free = await anyFreePort();
    const used = await listen("127.0.0.1", await anyFreePort());
    // From the middle of its share: at its edge a division may round to the port below.
    const drawn = [used, free].map((port) => (port - 20_000 + 0.5) / 10_000);
    expect(await anyFreePort(() => drawn.shift() ?? 0)).toBe(free);
  });

  it("gives none that the kernel gives to an outgoing connection", async () => {
    const [first = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t").map(Number);
    for (const drawn of [0, 0.5, 0.9999]) expect(await anyFreePort(() => drawn || 0.1)).toBeLessThan(first);
  });
});
