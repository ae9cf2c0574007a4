import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ambiguousRequests, refusedRequests, unfinishedRequests, unreadable } from "./test/corpus.ts";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { isRefused, reasonOf, sendRaw } from "./test/raw-http.ts";
import { startUpstream, type Upstream } from "./test/upstream.ts";

const host = "Host: localhost\r\n";
const close = "Connection: close\r\n";

describe.skipIf(!(await canRunProxy()))("refusing", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  let proxy: RunningProxy;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream(await parts.first.issue("localhost"));
    proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token: "a.b.c" });
    await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);
  }, 60_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    upstream.seen.length = 0;
  });

  it.each(refusedRequests)("answers %s itself", async (_, bytes, status, reason) => {
    const responses = await sendRaw(proxy.layout.workloadPort, bytes);
    expect(responses).toHaveLength(1);
    expect(responses[0]).toMatchObject({ status });
    expect(reasonOf(responses[0])).toBe(reason);
    if (reason !== unreadable) expect(JSON.parse(responses[0]?.body ?? "")).toEqual({ message: expect.any(String) });
    expect(upstream.seen).toEqual([]);
  });

  it.each(ambiguousRequests)("never forwards what hides behind %s", async (_, bytes) => {
    await sendRaw(proxy.layout.workloadPort, bytes).catch(() => []);
    expect(upstream.seen.length).toBeLessThanOrEqual(1);
    expect(upstream.seen.map((request) => request.url)).not.toContain("/smuggled");
  });

  it("waits for no client that is slow, and lets iotedged wait for none", async () => {
    const answers = await Promise.all(
      unfinishedRequests.map(async ([name, bytes]) => {
        const [answer] = (await sendRaw(proxy.layout.workloadPort, bytes)).filter(({ status }) => status !== 100);
        return [name, answer?.status, reasonOf(answer)];
      }),
    );
    expect(answers).toEqual(unfinishedRequests.map(([name, _, reason]) => [name, 408, reason]));
    expect(upstream.seen).toEqual([]);
  });

  it("answers requests on one connection one by one", async () => {
    const next = `GET /second HTTP/1.1\r\n${host}${close}\r\n`;
    const responses = await sendRaw(
      proxy.layout.workloadPort,
      `POST /first HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}${next}`,
    );
    expect(responses.map((response) => response.status)).toEqual([200, 200]);
    expect(upstream.seen).toMatchObject([
      { url: "/first", body: "{}" },
      { url: "/second", body: "" },
    ]);
  });

  it("does not offer the management API unless it is asked to", async () => {
    expect(await isRefused(proxy.layout.managementPort)).toBe(true);
  });

  it("serves nothing but its own paths on the observability port", async () => {
    expect(await proxy.observe("/modules")).toMatchObject({ status: 404 });
    for (const path of ["/reread", "/.answer"]) expect(await proxy.observe(path)).toMatchObject({ status: 404 });
    expect(await proxy.observe("/livez")).toMatchObject({ status: 200 });
    expect(upstream.seen).toEqual([]);
  });

  it("listens for modules on loopback alone", async () => {
    const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    for (const { address } of addresses.filter((entry) => !entry.internal && entry.family === "IPv4")) {
      expect(await isRefused(proxy.layout.workloadPort, address)).toBe(true);
    }
  });
});
