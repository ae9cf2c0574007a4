import { once } from "node:events";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { Counter, Registry } from "prom-client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { waitFor } from "../../test/support/wait-for.ts";
import { createHealth, type Health } from "./health.ts";
import { type ObservabilityServer, startObservabilityServer } from "./observability-server.ts";

let health: Health;
let server: ObservabilityServer;

beforeEach(async () => {
  const registry = new Registry();
  new Counter({ name: "iotedge_test_total", help: "A counter.", registers: [registry] }).inc(3);
  health = createHealth(["listener", "permissions"]);
  const documents = { "/document.json": { one: 1 } };
  server = await startObservabilityServer({ port: 0, host: "127.0.0.1", health, registry, documents });
});

afterEach(() => server.close());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, headers: { connection: "close" } });
const status = async (path: string) => (await ask(path)).status;

it("is alive whatever the conditions say", async () => {
  expect(await status("/livez")).toBe(200);
});

it("is ready only while every condition holds, and names those that do not", async () => {
  expect(await status("/readyz")).toBe(503);
  health.pass("listener");
  health.fail("permissions", "may not list pods");
  const answer = await ask("/readyz");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    ok: false,
    conditions: [
      { name: "listener", ok: true },
      { name: "permissions", ok: false, reason: "may not list pods" },
    ],
    degraded: [],
  });
  health.pass("permissions");
  expect(await status("/readyz")).toBe(200);
});

it("tells what is degraded, and is ready all the same", async () => {
  health.pass("listener");
  health.pass("permissions");
  health.degrade("token-reviews", "no verdicts");
  const answer = await ask("/readyz");
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ ok: true, degraded: [{ name: "token-reviews", reason: "no verdicts" }] });
  health.recover("token-reviews");
  expect(await (await ask("/readyz")).json()).toMatchObject({ degraded: [] });
});

it("stays started once it was ready", async () => {
  expect(await status("/startupz")).toBe(503);
  health.pass("listener");
  health.pass("permissions");
  health.fail("listener", "closed");
  expect(await status("/startupz")).toBe(200);
  expect(await status("/readyz")).toBe(503);
});

it("serves metrics", async () => {
  expect(await (await ask("/metrics")).text()).toContain("iotedge_test_total 3");
});

it("serves the documents that it was given", async () => {
  const answer = await ask("/document.json");
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toEqual({ one: 1 });
});

it("has nothing else", async () => {
  expect(await status("/")).toBe(404);
  expect(await status("/livez/")).toBe(404);
  expect((await ask("/livez", { method: "POST", body: "x" })).status).toBe(405);
});

it("refuses a condition that nobody declared", () => {
  expect(() => health.pass("listner")).toThrow(/listner/);
});

/** Status of an answer to who comes from that address. */
async function probeFrom(localAddress: string): Promise<number | undefined> {
  const call = get({ port: server.port, host: "127.0.0.1", localAddress, path: "/livez", agent: false });
  const [answer] = await once(call, "response");
  answer.resume();
  return answer.statusCode;
}

it("answers the kubelet, whoever keeps connections open and however many", async () => {
  const sockets: Socket[] = [];
  let closed = 0;
  for (let index = 0; index < 300; index++) {
    const localAddress = `127.0.0.${2 + (index % 10)}`;
    const socket = connect({ port: server.port, host: "127.0.0.1", localAddress });
    sockets.push(socket.on("error", () => {}).on("close", () => closed++));
    socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n");
  }
  await waitFor("the surplus to be hung up on", () => closed >= 300 - 64 || undefined);
  expect(await probeFrom("127.0.0.100")).toBe(200);
  for (const socket of sockets) socket.destroy();
});

it("lets nobody pile up questions on one connection", async () => {
  const socket = connect({ port: server.port, host: "127.0.0.1" });
  let text = "";
  socket.on("data", (bytes) => {
    text += String(bytes);
  });
  socket.on("error", () => {});
  socket.write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200));
  await once(socket, "close");
  expect(text.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(8);
  expect(await status("/livez")).toBe(200);
});
