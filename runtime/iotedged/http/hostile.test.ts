import { readdirSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import Type from "typebox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeAuthenticator, startTestApi, type TestApi, tokenOf } from "../../../test/fakes/iotedged-api.ts";
import { hostileHandshakes } from "../../../test/fixtures/hostile/handshakes.ts";
import { type HostileRequest, hostileRequests } from "../../../test/fixtures/hostile/requests.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import type { RouteTable } from "../api/route.ts";
import type { HttpLimits } from "./limits.ts";

const response = Type.Object({});
const common = { summary: "", since: "2018-06-28", budget: "requests", response } as const;
const routes = {
  "test.read": { ...common, method: "GET", path: "/things", access: "installation", status: 200 },
  "test.write": {
    ...common,
    method: "POST",
    path: "/modules/:name/genid/:genid/write",
    access: "self",
    status: 201,
    body: Type.Object({ text: Type.String() }),
  },
} as const satisfies RouteTable;

/** Hangs up on who says nothing after an answer, and is patient otherwise: much is asked of it at once. */
let api: TestApi;
/** Waits for no request for long. */
let hasty: TestApi;
/** Waits for no handshake for long, and for nobody who reads no answer. */
let strict: TestApi;
const openFiles = () => readdirSync("/proc/self/fd").length;

beforeAll(async () => {
  api = await start({ keepAliveTimeout: 800 });
  hasty = await start({ headersTimeout: 4000, requestTimeout: 6000 });
  strict = await start({ handshakeTimeout: 3000, stallTimeout: 2000 });
});

afterAll(() => Promise.all([api, hasty, strict].map((one) => one.close())));

function start(limits: Partial<HttpLimits>): Promise<TestApi> {
  return startTestApi({
    routes,
    handlers: { "test.read": () => ({}), "test.write": () => ({}) },
    authenticator: fakeAuthenticator(["sensor"]),
    limits: { connectionsCheckingInterval: 50, ...limits },
  });
}

/** All that comes until the server hangs up, be it politely or not. */
function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
}

function openTls({ ca, port }: TestApi, options: object = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const to = { port, host: "127.0.0.1", servername: "localhost", ca: ca.certificatePem };
    const socket = connectTls({ ...to, ...options });
    socket.on("error", reject);
    socket.once("secureConnect", () => resolve(socket));
  });
}

async function send(socket: TLSSocket, { send: text, slowly, ends }: HostileRequest): Promise<void> {
  const atOnce = text.slice(0, slowly?.from);
  if (atOnce !== "") socket.write(atOnce, "latin1");
  for (const byte of slowly === undefined ? "" : text.slice(slowly.from)) {
    await new Promise((resolve) => setTimeout(resolve, slowly?.pace));
    if (!socket.writable) return;
    socket.write(byte, "latin1");
  }
  if (ends) socket.end();
}

const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

const requests = hostileRequests("sensor", tokenOf("sensor"));
const timedOut = 408;
const isWaitedFor = ({ answers }: HostileRequest) => answers.includes(timedOut);

async function answersOf(to: TestApi, request: HostileRequest): Promise<readonly number[]> {
  const socket = await openTls(to);
  const answer = readAll(socket);
  await send(socket, request);
  return statusesOf(await answer);
}

describe("a hostile request", () => {
  it.concurrent.each(requests.filter((one) => !isWaitedFor(one)))("of $what gets $answers", async (request) => {
    const statuses = await answersOf(api, request);
    if (request.mayBeLost && statuses.length === 0) return;
    expect(statuses).toEqual(request.answers);
  });
});

describe("a hostile request that takes its time", () => {
  it.concurrent.each(requests.filter(isWaitedFor))("of $what gets $answers", async (request) => {
    expect(await answersOf(hasty, request)).toEqual(request.answers);
  });
});

describe("a hostile handshake", () => {
  it.concurrent.each(hostileHandshakes)("of $what is hung up on", async ({ send: bytes, ends }) => {
    const socket = connectTcp(strict.port, "127.0.0.1");
    const answer = readAll(socket);
    socket.write(bytes);
    if (ends) socket.end();
    expect(await answer).not.toMatch(/HTTP\/1\.1 [23]/);
  });

  it("is not done again on a connection of TLS 1.2", async () => {
    const socket = await openTls(api, { maxVersion: "TLSv1.2" });
    const outcome = new Promise((resolve) => {
      socket.on("error", resolve);
      socket.on("close", resolve);
      socket.renegotiate({}, () => resolve("renegotiated"));
    });
    expect(await outcome).not.toBe("renegotiated");
    socket.destroy();
  });
});

describe("a client that reads no answer", () => {
  it("is hung up on", async () => {
    const socket = await openTls(strict);
    socket.on("error", () => {});
    socket.pause();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const request = `GET /things?api-version=2018-06-28 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${tokenOf("sensor")}\r\n\r\n`;
    const flood = request.repeat(200);
    const write = () => {
      while (socket.writable && socket.write(flood));
    };
    socket.on("drain", write);
    write();
    await closed;
  });
});

it("leaves nothing open behind", async () => {
  const before = openFiles();
  for (const request of requests.filter(({ slowly }) => slowly === undefined)) {
    const socket = await openTls(api);
    socket.on("error", () => {});
    await send(socket, request);
    socket.destroy();
  }
  await waitFor("the connections' end", () => (openFiles() <= before ? true : undefined), 30);
  const answer = await api.call("sensor", "GET", "/things?api-version=2018-06-28");
  expect(answer.status).toBe(200);
});
