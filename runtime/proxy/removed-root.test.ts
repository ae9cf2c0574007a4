import { createHash } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import { trustBundleHeader } from "#contract";
import { openKeptConnection } from "./test/kept-connection.ts";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { sendRaw } from "./test/raw-http.ts";
import { isProbe, startUpstream } from "./test/upstream.ts";

const token = "a.b.c";
const hash = (pem: string) => createHash("sha256").update(pem).digest("hex");
const status = async (proxy: RunningProxy) => JSON.parse((await proxy.observe("/status")).body);

describe.skipIf(!(await canRunProxy()))("a root that left the trust bundle", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();

  it("is not believed by way of connections that were open already", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const options = { upstreamPort: upstream.port, bundle: `${parts.first.pem}${parts.second.pem}`, token };
    await using proxy = await startProxy(parts.build, options);
    const clients = await Promise.all(Array.from({ length: 4 }, () => openKeptConnection(proxy.layout.workloadPort)));
    for (const client of clients) expect(await client.get("/modules")).toEqual({ status: 200, kept: true });

    await proxy.replace("bundle", parts.second.pem);
    await proxy.until("the bundle is in use", async () => (await status(proxy)).trustBundle === hash(parts.second.pem));
    const [probe, ...others] = clients;
    let last = { status: 200, kept: true };
    await proxy.until("the root is not believed", async () => {
      if (last.kept) last = (await probe?.get("/modules")) ?? last;
      return last.status === 502;
    });
    expect(last).toEqual({ status: 502, kept: false });
    for (const client of others) expect(await client.get("/modules")).toEqual({ status: 502, kept: false });
    for (const client of clients) client[Symbol.dispose]();
  });

  it("is not believed by way of a request that is under way, while one that stays lets it end", async () => {
    const gate = Promise.withResolvers<void>();
    await using upstream = await startUpstream(await parts.first.issue("localhost"), async (request) => {
      if (!isProbe(request)) await gate.promise;
      return { status: 200, body: "{}" };
    });
    const options = { upstreamPort: upstream.port, bundle: parts.first.pem, token };
    await using proxy = await startProxy(parts.build, options);
    const get = "GET /modules HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const answers = sendRaw(proxy.layout.workloadPort, get);
    await proxy.until("the request has arrived", () => upstream.seen.length === 1);
    const more = `${parts.first.pem}${parts.second.pem}`;
    await proxy.replace("bundle", more);
    await proxy.until("both are in use", async () => (await status(proxy)).trustBundle === hash(more));
    await proxy.replace("bundle", parts.second.pem);
    expect(await answers).toMatchObject([{ status: 502 }]);
    gate.resolve();
  });

  it("is not believed by way of a resumed TLS session", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const resumed: boolean[] = [];
    upstream.server.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    using client = await openKeptConnection(proxy.layout.workloadPort);
    for (let count = 0; count < 5; count++) {
      upstream.server.closeAllConnections();
      await proxy.until("iotedged is reached again", async () => (await client.get("/modules")).status === 200);
    }
    expect(resumed.length).toBeGreaterThanOrEqual(5);
    expect(resumed).not.toContain(true);
  });

  it("is told to iotedged at once, though the module sends nothing", async () => {
    const renewed = `${parts.first.pem}${parts.second.pem}`;
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    const told = () => upstream.probes.at(-1)?.headers[trustBundleHeader];
    await proxy.until("the first one is told", () => told() === hash(parts.first.pem));
    await proxy.replace("bundle", renewed);
    await proxy.until("the renewed one is told", () => told() === hash(renewed));
    expect(upstream.probes.at(-1)?.headers.authorization).toBe(`Bearer ${token}`);
    expect(await status(proxy)).toEqual({
      trustBundle: hash(renewed),
      tokenNotAfter: null,
      missing: "",
      iotedgedReached: true,
      lastReload: { time: expect.any(Number), succeeded: true },
    });
  });

  it("is told to iotedged soon after iotedged has a certificate below what replaces it", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const bundle = parts.first.pem + parts.second.pem;
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle, token });
    const told = () => upstream.probes.at(-1)?.headers[trustBundleHeader];
    await proxy.until("the first one is told", () => told() === hash(bundle));
    await proxy.replace("bundle", parts.second.pem);
    await proxy.until("iotedged is refused", () => proxy.log().includes("certificate verify failed"));
    upstream.server.setSecureContext(await parts.second.issue("localhost"));
    await proxy.until("the new one is told", () => told() === hash(parts.second.pem));
  });

  it("is reported when what replaces it cannot be used", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token });
    await proxy.replace("bundle", parts.first.pem.replace(/M/g, "N"));
    await proxy.until("it is refused", async () => (await status(proxy)).lastReload.succeeded === false);
    expect((await status(proxy)).trustBundle).toBe(hash(parts.first.pem));
    expect(await proxy.metric('iotedge_proxy_trust_bundle_changes_total{result="rejected"}')).toBe(1);
    expect(await proxy.metric(`iotedge_proxy_trust_bundle_info{sha256="${hash(parts.first.pem)}"}`)).toBe(1);
  });
});
