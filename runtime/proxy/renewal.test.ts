import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { trustBundleHeader } from "#contract";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, startProxy } from "./test/proxy.ts";
import { startSteadyLoad } from "./test/steady-load.ts";
import { testToken } from "./test/token.ts";
import { startUpstream } from "./test/upstream.ts";

/** HAProxy is one process, whatever is renewed. */
const childrenOf = (pid: number) => readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
const hash = (pem: string) => createHash("sha256").update(pem).digest("hex");

describe.skipIf(!(await canRunProxy()))("renewal under load", { timeout: 300_000 }, () => {
  const parts = shareProxyParts();

  it("fails no request while tokens and trust bundles are renewed all the time", async () => {
    const renewals = 24;
    const used = new Set<string>();
    const told = new Set<string>();
    await using upstream = await startUpstream(await parts.first.issue("localhost"), ({ headers }) => {
      used.add(String(headers.authorization));
      told.add(String(headers[trustBundleHeader]));
      return { status: 200, body: '{"digest":"eA=="}' };
    });
    const bundles = [`${parts.first.pem}${parts.second.pem}`, parts.first.pem];
    await using proxy = await startProxy(parts.build, {
      upstreamPort: upstream.port,
      bundle: parts.first.pem,
      token: testToken("start"),
    });
    await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);
    const load = startSteadyLoad(proxy.layout.workloadPort, { perSecond: 200, connections: 16 });
    for (let index = 0; index < renewals; index++) {
      const token = testToken(`renewed-${index}`);
      const bundle = bundles[Math.floor(index / 3) % bundles.length] ?? "";
      if (index % 3 === 0) await proxy.replace("bundle", bundle);
      await proxy.replace("token", token);
      await proxy.until("both are in use", () => used.has(`Bearer ${token}`) && told.has(hash(bundle)));
    }
    await load.stop();

    expect(load.failures).toEqual([]);
    expect(load.sent).toBeGreaterThan(renewals);
    expect(await proxy.metric('iotedge_proxy_token_changes_total{result="accepted"}')).toBe(1 + renewals);
    expect(await proxy.metric('iotedge_proxy_trust_bundle_changes_total{result="rejected"}')).toBe(0);
    expect(await proxy.metric('haproxy_frontend_http_responses_total{proxy="module",code="5xx"}')).toBe(0);
    expect(await proxy.metric('haproxy_frontend_http_responses_total{proxy="module",code="2xx"}')).toBe(load.sent);
    expect(await childrenOf(proxy.process.pid ?? 0)).toBe("");
    expect(new Set(told)).toEqual(new Set([parts.first.pem, ...bundles].map(hash)));
  });
});
