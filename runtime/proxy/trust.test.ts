import { describe, expect, it } from "vitest";
import { createAuthority } from "./test/certificates.ts";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { isRefused, sendRaw } from "./test/raw-http.ts";
import { isProbe, type SeenRequest, startUpstream } from "./test/upstream.ts";

const token = "a.b.c";

const get = async (proxy: RunningProxy, port = proxy.layout.workloadPort) => {
  const [response] = await sendRaw(port, "GET /modules HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return { status: response?.status, reason: response?.headers.get("x-iotedge-proxy-error") };
};
const heldBy = (gate: Promise<void>) => async (request: SeenRequest) => {
  if (!isProbe(request)) await gate;
  return { status: 200, body: "{}" };
};
const ready = async (proxy: RunningProxy) => (await proxy.observe("/readyz")).status === 200;
const refusedBundles = (proxy: RunningProxy) =>
  proxy.metric('iotedge_proxy_trust_bundle_changes_total{result="rejected"}');

describe.skipIf(!(await canRunProxy()))("trust and life cycle", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();

  it("refuses an iotedged whose certificate the bundle does not vouch for", async () => {
    await using upstream = await startUpstream(await parts.second.issue("localhost"));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    expect(await get(proxy)).toEqual({ status: 502, reason: "upstream" });
    expect(await proxy.observe("/readyz")).toMatchObject({ status: 503, body: expect.stringContaining("upstream") });
    expect(upstream.seen).toEqual([]);
  });

  it("refuses an iotedged whose certificate has another name", async () => {
    await using upstream = await startUpstream(await parts.first.issue("other"));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    expect(await get(proxy)).toEqual({ status: 502, reason: "upstream" });
    expect(upstream.seen).toEqual([]);
  });

  it("follows the trust bundle, and keeps the last good one", async () => {
    const certificate = await parts.first.issue("localhost");
    await using upstream = await startUpstream(certificate);
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    await proxy.until("ready", () => ready(proxy));

    const bad = [
      "",
      "no PEM",
      parts.first.pem.slice(0, -40),
      `${parts.first.pem}${certificate.key}`,
      parts.first.pem.replace(/M/g, "N"),
      `${parts.first.pem}${(await Promise.all(Array.from({ length: 40 }, (_, index) => createAuthority(`${index}`)))).map(({ pem }) => pem).join("")}`,
    ];
    for (const [index, bundle] of bad.entries()) {
      await proxy.replace("bundle", bundle);
      await proxy.until("refused", async () => (await refusedBundles(proxy)) === index + 1);
      expect(await get(proxy)).toMatchObject({ status: 200 });
    }

    await proxy.replace("bundle", `# both\n${parts.first.pem}${parts.second.pem}`);
    await proxy.until("both are in use", () =>
      proxy.log().includes(`${parts.first.pem.length + parts.second.pem.length + 7} bytes`),
    );
    upstream.server.setSecureContext(await parts.second.issue("localhost"));
    upstream.server.closeAllConnections();
    await proxy.until("the new one is trusted", async () => (await get(proxy)).status === 200);

    await proxy.replace("bundle", parts.first.pem);
    await proxy.until("the new one is not trusted any more", async () => (await get(proxy)).status === 502);
  });

  it("waits for a bundle instead of failing", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, token });
    expect(await get(proxy)).toEqual({ status: 503, reason: "trust-bundle" });
    expect(await proxy.observe("/readyz")).toMatchObject({
      status: 503,
      body: expect.stringContaining("trust-bundle"),
    });
    await proxy.replace("bundle", parts.first.pem);
    await proxy.until("ready", () => ready(proxy));
    await proxy.until("forwarding", async () => (await get(proxy)).status === 200);
  });

  it("waits for iotedged's name instead of failing", async () => {
    const environment = { IOTEDGED_HOST: "iotedged.invalid" };
    await using proxy = await startProxy(parts.build, { upstreamPort: 1, bundle: parts.first.pem, token, environment });
    expect(await get(proxy)).toEqual({ status: 503, reason: "address" });
    expect(await proxy.observe("/readyz")).toMatchObject({ status: 503, body: expect.stringContaining("address") });
  });

  it("stays ready while iotedged is away, once it was reached", async () => {
    const upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    await proxy.until("ready", () => ready(proxy));
    await upstream[Symbol.asyncDispose]();
    expect(await get(proxy)).toEqual({ status: 502, reason: "upstream" });
    expect(await ready(proxy)).toBe(true);
  });

  it("is not ready when iotedged refuses its token", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"), () => ({
      status: 403,
      body: "{}",
    }));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    await proxy.until("the refusal shows", async () => (await proxy.observe("/readyz")).body.includes("token-refused"));
    expect((await proxy.observe("/readyz")).status).toBe(503);
  });

  it("offers the management API to EdgeAgent", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const environment = { PROXY_MANAGEMENT: "on" };
    await using proxy = await startProxy(parts.build, {
      upstreamPort: upstream.port,
      bundle: parts.first.pem,
      token,
      environment,
    });
    expect(await get(proxy, proxy.layout.managementPort)).toMatchObject({ status: 200 });
    expect(upstream.seen).toMatchObject([{ url: "/modules", headers: { authorization: `Bearer ${token}` } }]);
  });

  it("sends what found its connection closed once more, but no POST to the management API", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const environment = { PROXY_MANAGEMENT: "on" };
    const options = { upstreamPort: upstream.port, bundle: parts.first.pem, token, environment };
    await using proxy = await startProxy(parts.build, options);
    await proxy.until("ready", () => ready(proxy));
    const arrived: string[] = [];
    upstream.server.prependListener("request", ({ method, url, socket }) => {
      if (url !== "/modules") return;
      arrived.push(`${method}`);
      if (arrived.filter((each) => each === method).length === 1) socket.destroy();
    });
    const call = async (method: string) => {
      const head = `${method} /modules HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
      return (await sendRaw(proxy.layout.managementPort, head))[0]?.status;
    };
    expect([await call("GET"), await call("PUT"), await call("POST")]).toEqual([200, 200, 502]);
    expect(arrived).toEqual(["GET", "GET", "PUT", "PUT", "POST"]);
  });

  it("finishes its requests before it ends", async () => {
    const gate = Promise.withResolvers<void>();
    await using upstream = await startUpstream(await parts.first.issue("localhost"), heldBy(gate.promise));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    const pending = get(proxy);
    await proxy.until("the request has arrived", () => upstream.seen.length === 1);
    const exit = proxy.stop();
    await proxy.until("no new connections", () => isRefused(proxy.layout.workloadPort));
    gate.resolve();
    expect(await pending).toMatchObject({ status: 200 });
    expect(await exit).toBe(0);
  });

  it("bounds the requests that it handles at a time", async () => {
    const gate = Promise.withResolvers<void>();
    await using upstream = await startUpstream(await parts.first.issue("localhost"), heldBy(gate.promise));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    const pending = Array.from({ length: 64 }, () => get(proxy));
    await proxy.until("all have arrived", () => upstream.seen.length === pending.length);
    expect(await get(proxy)).toEqual({ status: 503, reason: "busy" });
    expect(await proxy.observe("/livez")).toMatchObject({ status: 200 });
    gate.resolve();
    expect(new Set((await Promise.all(pending)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await get(proxy)).toMatchObject({ status: 200 });
  });

  it.each([
    ["IOTEDGED_HOST", "localhost; evil"],
    ["PROXY_LOG_LEVEL", "loud"],
    ["PROXY_MANAGEMENT", "yes"],
    ["PROXY_WORKLOAD_PORT", "99999"],
  ])("refuses to start with %s=%s", async (name, value) => {
    const environment = { [name]: value };
    const started = startProxy(parts.build, { upstreamPort: 1, bundle: parts.first.pem, token, environment });
    await expect(started).rejects.toThrow(name);
  });
});
