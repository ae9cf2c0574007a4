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

let api: TestApi;
const openFiles = () => readdirSync("/proc/self/fd").length;

beforeAll(async () => {
  api = await startTestApi({
    routes,
    handlers: { "test.read": () => ({}), "test.write": () => ({}) },
    authenticator: fakeAuthenticator(["sensor"]),
    limits: {
      headersTimeout: 800,
      requestTimeout: 1200,
      handshakeTimeout: 800,
      keepAliveTimeout: 800,
      stallTimeout: 2000,
      connectionsCheckingInterval: 50,
    },
  });
});

afterAll(() => api.close());

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

function openTls(options: object = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const ca = api.ca.certificatePem;
    const socket = connectTls({ port: api.port, host: "127.0.0.1", servername: "localhost", ca, ...options });
    socket.on("error", reject);
    socket.once("secureConnect", () => resolve(socket));
  });
}

async function send(socket: TLSSocket, { send: text, pace, ends }: HostileRequest): Promise<void> {
  if (pace === undefined) socket.write(text, "latin1");
  for (const byte of pace === undefined ? "" : text) {
    if (!socket.writable) return;
    socket.write(byte, "latin1");
    await new Promise((resolve) => setTimeout(resolve, pace));
  }
  if (ends) socket.end();
}

const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

describe("a hostile request", () => {
  it.concurrent.each(hostileRequests("sensor", tokenOf("sensor")))("of $what gets $answers", async (request) => {
    const socket = await openTls();
    const answer = readAll(socket);
    await send(socket, request);
    const statuses = statusesOf(await answer);
    if (request.mayBeLost && statuses.length === 0) return;
    expect(statuses).toEqual(request.answers);
  });
});

describe("a hostile handshake", () => {
  it.concurrent.each(hostileHandshakes)("of $what is hung up on", async ({ send: bytes, ends }) => {
    const socket = connectTcp(api.port, "127.0.0.1");
    const answer = readAll(socket);
    socket.write(bytes);
    if (ends) socket.end();
    expect(await answer).not.toMatch(/HTTP\/1\.1 [23]/);
  });

  it("is not done again on a connection of TLS 1.2", async () => {
    const socket = await openTls({ maxVersion: "TLSv1.2" });
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
    const socket = await openTls();
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
  for (const request of hostileRequests("sensor", tokenOf("sensor")).filter(({ pace }) => pace === undefined)) {
    const socket = await openTls();
    socket.on("error", () => {});
    await send(socket, request);
    socket.destroy();
  }
  await waitFor("the connections' end", () => (openFiles() <= before ? true : undefined), 30);
  const answer = await api.call("sensor", "GET", "/things?api-version=2018-06-28");
  expect(answer.status).toBe(200);
});
