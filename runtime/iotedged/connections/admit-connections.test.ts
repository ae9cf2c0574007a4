import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import Type from "typebox";
import { afterEach, describe, expect, it } from "vitest";
import { fakeAuthenticator, startTestApi, type TestApi, tokenOf } from "../../../test/fakes/iotedged-api.ts";
import { recordClientHello } from "../../../test/support/client-hello.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import type { RouteTable } from "../api/route.ts";
import { mostAhead } from "./admission.ts";

const common = {
  summary: "",
  since: "2018-06-28",
  response: Type.Object({}),
  budget: "requests",
  status: 200,
} as const;
const routes = {
  "test.read": { ...common, method: "GET", path: "/things", access: "installation" },
  "test.write": { ...common, method: "POST", path: "/things", access: "installation", body: Type.Unknown() },
} as const satisfies RouteTable;

const bounds = {
  waiting: { most: 16, mostOfGroup: 8 },
  unproven: { most: 8, mostOfGroup: 4 },
  proven: { most: 6, mostOfGroup: 3 },
  bodies: { most: 4, mostOfGroup: 2 },
};
/** Nothing ends by itself while a test runs. */
const never = 600_000;
const patient = { patience: never, handshakeTimeout: never, headersTimeout: never, requestTimeout: never };
const attacker = "127.0.0.2";
const other = "127.0.0.3";

let api: TestApi;
const leave: (() => void)[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const go of leave.splice(0)) go();
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.close();
});

async function start(limits: Partial<typeof patient> = {}): Promise<void> {
  api = await startTestApi({
    routes,
    handlers: {
      "test.read": () => new Promise<object>((resolve) => void leave.push(() => resolve({}))),
      "test.write": () => ({}),
    },
    authenticator: fakeAuthenticator(["sensor", "hub"]),
    bounds,
    limits: { ...patient, connectionsCheckingInterval: 50, ...limits },
  });
}

function watch<T extends Socket>(socket: T): T {
  sockets.push(socket);
  socket.on("error", () => {});
  return socket;
}

function openTls(localAddress: string): TLSSocket {
  const to = { port: api.port, host: "127.0.0.1", localAddress, servername: "localhost", ca: api.ca.certificatePem };
  return watch(connectTls(to as object));
}

const head = (module: string, line: string) =>
  `${line}?api-version=2018-06-28 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${tokenOf(module)}\r\n`;

/** The first bytes of the answer over a connection of its own. */
async function ask(localAddress: string, request: string): Promise<string> {
  const socket = openTls(localAddress);
  socket.write(request);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  return String(bytes);
}

const write = (module: string) => `${head(module, "POST /things")}Content-Length: 2\r\n\r\n{}`;
const openWrite = (module: string) => `${head(module, "POST /things")}Content-Length: 60000\r\n\r\n{`;
const served = /^HTTP\/1\.1 200 /;

/** Opens so many half-open connections; counts those that got a ServerHello, and those that were hung up on. */
async function halfOpen(count: number) {
  const hello = await recordClientHello();
  const seen = { answered: 0, closed: 0 };
  for (let index = 0; index < count; index++) {
    const socket = watch(connectTcp({ port: api.port, host: "127.0.0.1", localAddress: attacker }));
    socket.on("close", () => seen.closed++);
    socket.once("data", () => seen.answered++);
    socket.write(hello);
  }
  return seen;
}

describe("half-open connections of one address", () => {
  it("cost handshakes up to its share, whatever their number, and others find a place at once", async () => {
    await start();
    const { unproven, waiting } = bounds;
    const seen = await halfOpen(100);
    await waitFor(
      "all to be counted",
      () => seen.closed === 100 - unproven.mostOfGroup - waiting.mostOfGroup || undefined,
    );
    expect(await ask(other, write("sensor"))).toMatch(served);
    expect(seen.answered).toBe(unproven.mostOfGroup);
    expect([api.admission.unproven.size, api.admission.waiting.size]).toEqual([
      unproven.mostOfGroup,
      waiting.mostOfGroup,
    ]);
  });

  it("end for who comes from the same address", async () => {
    await start({ patience: 100 });
    const seen = await halfOpen(12);
    await waitFor("the share to be taken", () => seen.answered >= bounds.unproven.mostOfGroup || undefined);
    expect(await ask(attacker, write("sensor"))).toMatch(served);
  });

  it("leave nothing behind", async () => {
    await start();
    await halfOpen(100);
    expect(await ask(other, write("sensor"))).toMatch(served);
    for (const socket of sockets.splice(0)) socket.destroy();
    const { unproven, waiting, proven } = api.admission;
    await waitFor("their places", () => unproven.size + waiting.size + proven.size === 0 || undefined);
  });
});

it("who waits for its handshake in vain is hung up on", async () => {
  await start({ handshakeTimeout: 300 });
  const seen = await halfOpen(12);
  await waitFor("all to be closed", () => seen.closed === 12 || undefined);
  expect(seen.answered).toBeGreaterThanOrEqual(bounds.unproven.mostOfGroup);
});

it("finished handshakes that send nothing, and heads that do not end, end for who waits", async () => {
  await start({ patience: 100 });
  const silent = [1, 2].map(() => openTls(attacker));
  const slow = [1, 2].map(() => openTls(attacker));
  for (const socket of slow) socket.write("GET /things HTTP/1.1\r\nHost: a\r\nX: ");
  await Promise.all([...silent, ...slow].map((socket) => once(socket, "secureConnect")));
  const closed = Promise.all([...silent, ...slow].map((socket) => once(socket, "close")));
  for (let index = 0; index < 4; index++) openTls(attacker);
  await closed;
});

it("requests that are sent ahead of their answers do not pile up", async () => {
  await start();
  const socket = openTls(attacker);
  socket.write(`${head("sensor", "GET /things")}\r\n`.repeat(50));
  await once(socket, "close");
  // Each one that is looked at waits in its handler for the end of the test.
  expect(leave.length).toBeLessThanOrEqual(mostAhead);
  expect(await ask(attacker, write("sensor"))).toMatch(served);
});

describe("a module with a token", () => {
  it("has its share of connections: one at rest ends for the next, and where all are served it is told so", async () => {
    await start();
    const [atRest, ...others] = [1, 2, 3].map(() => openTls(attacker));
    for (const socket of [atRest, ...others]) {
      socket?.write(write("sensor"));
      await once(socket as TLSSocket, "data");
    }
    const closed = once(atRest as TLSSocket, "close");
    const third = openTls(attacker);
    third.write(write("sensor"));
    await closed;
    for (const socket of [...others, third]) socket.write(`${head("sensor", "GET /things")}\r\n`);
    await waitFor("all to be served", () => leave.length === 3 || undefined);
    expect(await ask(other, write("sensor"))).toMatch(/^HTTP\/1\.1 503 .*connection: close/is);
    expect(await ask(other, write("hub"))).toMatch(served);
  });

  it("has its share of large bodies under way, and others have theirs", async () => {
    await start();
    for (let index = 0; index < bounds.bodies.mostOfGroup; index++) openTls(attacker).write(openWrite("sensor"));
    await waitFor("the bodies", () => api.admission.bodies.size === bounds.bodies.mostOfGroup || undefined);
    expect(await ask(other, openWrite("sensor"))).toMatch(/^HTTP\/1\.1 503 /);
    openTls(other).write(openWrite("hub"));
    await waitFor("another's body", () => api.admission.bodies.countOf("hub") === 1 || undefined);
    // A small one needs no such place.
    expect(await ask(attacker, write("sensor"))).toMatch(served);
  });

  it("gives the place of a large body back when that is there", async () => {
    await start();
    const text = JSON.stringify("x".repeat(40_000));
    for (let index = 0; index < 4; index++)
      expect(
        await ask(other, `${head("sensor", "POST /things")}Content-Length: ${text.length}\r\n\r\n${text}`),
      ).toMatch(served);
    await waitFor("the places", () => api.admission.bodies.size === 0 || undefined);
  });
});
