import { createHash } from "node:crypto";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { trustBundleHeader } from "#contract";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { sendRaw } from "./test/raw-http.ts";
import { type Reply, startUpstream, type Upstream } from "./test/upstream.ts";

const hasIpv6 = (networkInterfaces().lo ?? []).some((entry) => entry.address === "::1");
const token = "aaaa.bbbb.cccc";

describe.skipIf(!(await canRunProxy()))("forwarding", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  let proxy: RunningProxy;
  let upstream: Upstream;
  let bundle: string;
  const ok: Reply = { status: 200, body: '{"from":"iotedged"}' };
  let reply = ok;

  beforeAll(async () => {
    bundle = parts.first.pem;
    upstream = await startUpstream(await parts.first.issue("localhost"), () => reply);
    proxy = await startProxy(parts.build, {
      ...{ upstreamPort: upstream.port, bundle, token: `${token}\n` },
      environment: { PROXY_LOG_LEVEL: "debug" },
    });
    await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);
  }, 60_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    reply = ok;
    upstream.seen.length = 0;
  });

  const call = async (requestLine: string, headers: readonly string[] = [], body = "") => {
    const fields = [`Host: localhost:${proxy.layout.workloadPort}`, ...headers, "Connection: close"];
    if (body !== "") fields.push(`Content-Length: ${Buffer.byteLength(body)}`);
    const [response] = await sendRaw(
      proxy.layout.workloadPort,
      `${requestLine} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n${body}`,
    );
    if (response === undefined) throw new Error("no response");
    return response;
  };

  it("adds the pod's token, trimmed, in the place of what the module sent", async () => {
    const response = await call("GET /modules", ["authorization: Bearer evil"]);
    expect(response).toMatchObject({ status: 200, body: '{"from":"iotedged"}' });
    expect(upstream.seen[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it.skipIf(!hasIpv6)("listens on the loopback address of IPv6 as well", async () => {
    const bytes = "GET /six HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n";
    expect(await sendRaw(proxy.layout.workloadPort, bytes, "::1")).toMatchObject([{ status: 200 }]);
    expect(upstream.seen).toMatchObject([{ url: "/six" }]);
  });

  it.skipIf(!hasIpv6)("leaves IPv6 alone where it is told to, as on a kernel without it", async () => {
    const environment = { PROXY_IPV6: "off", PROXY_MANAGEMENT: "on" };
    const options = { upstreamPort: upstream.port, bundle, token: `${token}\n`, environment };
    await using other = await startProxy(parts.build, options);
    await other.until("ready", async () => (await other.observe("/readyz")).status === 200);
    const { workloadPort, managementPort, observabilityPort } = other.layout;
    for (const port of [workloadPort, managementPort, observabilityPort]) {
      await expect(sendRaw(port, "GET / HTTP/1.1\r\n\r\n", "::1")).rejects.toThrow("ECONNREFUSED");
    }
  });

  it.each([
    "/modules/%24edgeHub/genid/a%2Fb%2e/sign?api-version=2020-07-07",
    "/modules/caf%C3%A9/genid/%25/encrypt?x=%26&y=+&&",
    "/modules/A%2fb/~!$&'()*+,;=:@/sign/",
  ])("forwards %s byte for byte", async (target) => {
    await call(`POST ${target}`, [], "{}");
    expect(upstream.seen).toMatchObject([{ method: "POST", url: target, body: "{}" }]);
  });

  it("passes none of the module's header fields but the harmless ones", async () => {
    await call("GET /modules", [
      "Connection: authorization, x-request-id",
      "Cookie: session=1",
      "Forwarded: for=1.2.3.4",
      "X-Forwarded-For: 1.2.3.4",
      "X_Forwarded_For: 1.2.3.4",
      "X-Forwarded-Client-Cert: evil",
      "X-Remote-User: admin",
      "Proxy-Authorization: Basic evil",
      "Proxy: http://evil.example",
      "TE: trailers",
      "X-Request-Id: chosen-by-module",
      "X-Iotedge-Trust-Bundle: forged",
      "User-Agent: sdk/1.0",
      "Accept: application/json",
    ]);
    const headers = upstream.seen[0]?.headers ?? {};
    expect(Object.keys(headers).sort()).toEqual([
      "accept",
      "authorization",
      "host",
      "user-agent",
      trustBundleHeader,
      "x-request-id",
    ]);
    expect(headers).toMatchObject({ "user-agent": "sdk/1.0", host: "localhost", authorization: `Bearer ${token}` });
    expect(headers[trustBundleHeader]).toBe(createHash("sha256").update(bundle).digest("hex"));
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
  });

  it("forwards chunked bodies as a whole", async () => {
    const chunks = '3;ext=1\r\n{"a\r\n4\r\n":1}\r\n0\r\nTrailer: x\r\n\r\n';
    await sendRaw(
      proxy.layout.workloadPort,
      `POST /sign HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}`,
    );
    expect(upstream.seen).toMatchObject([{ url: "/sign", body: '{"a":1}', headers: { "content-length": "7" } }]);
  });

  it("forwards a body of 64 KiB", async () => {
    const body = "a".repeat(65_536);
    expect(await call("POST /encrypt", [], body)).toMatchObject({ status: 200 });
    expect(upstream.seen).toMatchObject([{ body, headers: { "content-length": "65536" } }]);
  });

  it.each([1, 100, 5_000, 20_000])("forwards a body in chunks of %i bytes as a whole or not at all", async (size) => {
    for (const length of [10, 1_000, 8_190, 8_200, 12_000, 15_000, 16_000, 40_000]) {
      upstream.seen.length = 0;
      const body = "0123456789".repeat(length / 10);
      const chunks = body.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
      const text = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
      const head = "POST /sign HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
      const [answer] = await sendRaw(proxy.layout.workloadPort, `${head}${text}0\r\n\r\n`);
      expect([length, answer?.status]).toEqual([length, length <= 8_192 ? 200 : 413]);
      expect(upstream.seen.map((request) => request.body)).toEqual(length <= 8_192 ? [body] : []);
    }
  });

  it.each([400, 401, 403, 404, 409, 422, 429, 500, 503])("passes iotedged's status %i on, unmarked", async (status) => {
    reply = { status, body: '{"message":"said iotedged"}', headers: { "x-iotedge-proxy-error": "forged" } };
    const response = await call("GET /modules");
    expect(response).toMatchObject({ status, body: '{"message":"said iotedged"}' });
    expect(response.headers.has("x-iotedge-proxy-error")).toBe(false);
  });

  it("reuses its connections to iotedged", async () => {
    await call("GET /modules");
    const before = upstream.connections();
    for (let i = 0; i < 5; i++) await call("GET /modules");
    expect(upstream.connections()).toBe(before);
  });

  it("sends a POST again when iotedged has closed the pooled connection", async () => {
    await call("GET /modules");
    let cut = 0;
    upstream.server.once("request", (request) => {
      cut++;
      request.socket.destroy();
    });
    expect(await call("POST /modules/a/genid/1/sign", [], "{}")).toMatchObject({ status: 200 });
    expect(cut).toBe(1);
  });

  it("logs requests as JSON, without queries and credentials", async () => {
    await call("POST /logged?sig=query-secret", ["Authorization: Bearer module-secret"], '{"body":"body-secret"}');
    await proxy.until("the request is logged", () => proxy.log().includes("/logged"));
    const lines = proxy
      .log()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.find((line) => line.path === "/logged")).toMatchObject({
      level: "info",
      msg: "request",
      method: "POST",
      status: 200,
      requestId: upstream.seen[0]?.headers["x-request-id"],
    });
    for (const secret of [token, "query-secret", "module-secret", "body-secret"])
      expect(proxy.log()).not.toContain(secret);
  });
});
