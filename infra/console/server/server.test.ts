import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock, systemTimer } from "#base";
import type { World } from "../live/world.ts";
import { createAccess } from "./access.ts";
import { type ConsoleServer, startConsole } from "./server.ts";

const access = createAccess();
const cookie = `edgectl-console=${access.cookie}`;
const icon = `${access.path}/icon.svg`;
let server: ConsoleServer;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  // No page of the cluster is asked for here.
  const world = { context: "c" } as World;
  const scrubber = { text: (text: string) => text };
  server = await startConsole({ world, access, port: 0, clock: systemClock, timer: systemTimer, scrubber });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

async function open(): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

async function ask(path: string, headers: Record<string, string> = {}, agent = new Agent()) {
  const request = get({ host: "127.0.0.1", port: server.port, path, headers, agent });
  const [response] = await once(request, "response");
  await once(response.resume(), "end");
  return { status: response.statusCode, connection: response.headers.connection };
}

describe("who is not let in", () => {
  it.each([
    ["silent", 64, async () => {}],
    ["silent", 500, async () => {}],
    [
      "half through a request",
      64,
      async (socket: Socket) => void socket.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"),
    ],
  ])("takes no place of who has the cookie, being %s on %i connections", async (_, count, speak) => {
    for (let n = 0; n < count; n += 1) await speak(await open());
    for (let n = 0; n < 40; n += 1) expect((await ask(icon, { cookie })).status).toBe(200);
  });

  it.each([
    ["/favicon.ico", 204, {}],
    [icon, 401, {}],
    [icon, 421, { host: "evil.example" }],
  ])("is answered at %s with %i and the end of the connection", async (path, status, headers) => {
    const agent = new Agent({ keepAlive: true });
    expect(await ask(path, headers as Record<string, string>, agent)).toEqual({ status, connection: "close" });
    expect(await ask(icon, { cookie }, agent)).toEqual({ status: 200, connection: "keep-alive" });
    agent.destroy();
  });
});

it("who has the cookie keeps its connections, whoever else comes", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await ask(icon, { cookie }, agent);
  const [own] = Object.values(agent.freeSockets).flat();
  for (let n = 0; n < 100; n += 1) await open();
  await ask(icon, { cookie });
  expect([own?.destroyed, (await ask(icon, { cookie }, agent)).status]).toEqual([false, 200]);
  agent.destroy();
});
