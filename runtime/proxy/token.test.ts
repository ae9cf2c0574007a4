import { spawnSync } from "node:child_process";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { type RawResponse, sendRaw } from "./test/raw-http.ts";
import { testToken } from "./test/token.ts";
import { isProbe, type SeenRequest, startUpstream } from "./test/upstream.ts";

const body = '{"data":"aGVsbG8="}';

const post = async (proxy: RunningProxy, framing = `Content-Length: ${body.length}\r\n\r\n${body}`) => {
  const head = "POST /modules/a/genid/1/sign HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  const [response] = await sendRaw(proxy.layout.workloadPort, `${head}${framing}`);
  return response as RawResponse;
};
const bearer = (request: SeenRequest | undefined) => String(request?.headers.authorization).replace("Bearer ", "");

describe.skipIf(!(await canRunProxy()))("the pod's token", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();

  const start = async (
    upstreamPort: number,
    token: string | undefined,
    environment: Readonly<Record<string, string>> = {},
  ) =>
    startProxy(parts.build, {
      upstreamPort,
      bundle: parts.first.pem,
      environment,
      ...(token === undefined ? {} : { token }),
    });
  const only = (token: string) => (request: SeenRequest) => ({
    status: bearer(request) === token ? 200 : 401,
    body: JSON.stringify({ message: `from iotedged, ${bearer(request) === token}` }),
  });

  /** A proxy whose token is renewed at the very moment when iotedged refuses the old one. */
  const startRenewed = async (renewed: string) => {
    let tokenFile = "";
    const upstream = await startUpstream(await parts.first.issue("localhost"), async (request) => {
      if (isProbe(request)) return { status: 200, body: "{}" };
      if (bearer(request) !== renewed) await writeFile(tokenFile, renewed);
      return only(renewed)(request);
    });
    const proxy = await start(upstream.port, testToken("old"));
    tokenFile = proxy.layout.tokenFile;
    return { upstream, proxy };
  };

  it("is read again when iotedged refuses it, and the request sent once more with its body", async () => {
    const renewed = testToken("renewed");
    const parties = await startRenewed(renewed);
    await using upstream = parties.upstream;
    await using proxy = parties.proxy;
    expect(await post(proxy)).toMatchObject({ status: 200, body: '{"message":"from iotedged, true"}' });
    expect(upstream.seen.map(bearer)).toEqual([testToken("old"), renewed]);
    expect(upstream.seen.map((request) => request.body)).toEqual([body, body]);
    await proxy.until("no request is sent twice", async () => {
      const before = upstream.seen.length;
      await post(proxy);
      return upstream.seen.length === before + 1;
    });
  });

  it("is tried twice and no more when there is no newer one; iotedged's answer passes on", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"), only("another"));
    await using proxy = await start(upstream.port, testToken("old"));
    const response = await post(proxy);
    expect(response).toMatchObject({ status: 401, body: '{"message":"from iotedged, false"}' });
    expect(response.headers.has("x-iotedge-proxy-error")).toBe(false);
    expect(upstream.seen).toHaveLength(2);
  });

  it("is read again for a body in chunks as well", async () => {
    const renewed = testToken("renewed");
    const parties = await startRenewed(renewed);
    await using upstream = parties.upstream;
    await using proxy = parties.proxy;
    const response = await post(proxy, "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    expect(response).toMatchObject({ status: 200, body: '{"message":"from iotedged, true"}' });
    expect(upstream.seen.map((request) => [bearer(request), request.body])).toEqual([
      [testToken("old"), "{}"],
      [renewed, "{}"],
    ]);
  });

  it("is not sent twice for a body that is larger than HAProxy's buffer", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"), only("another"));
    await using proxy = await start(upstream.port, testToken("old"));
    const large = "a".repeat(20_000);
    const response = await post(proxy, `Content-Length: ${large.length}\r\n\r\n${large}`);
    expect(response).toMatchObject({ status: 401, body: '{"message":"from iotedged, false"}' });
    expect(upstream.seen).toMatchObject([{ body: large }]);
  });

  it("replaces the one in use within seconds", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await start(upstream.port, testToken("old"));
    await proxy.replace("token", `\n ${testToken("renewed")}\r\n`);
    await proxy.until("the renewed one is used", async () => {
      await post(proxy);
      return bearer(upstream.seen.at(-1)) === testToken("renewed");
    });
  });

  const unusable = [
    "",
    " \n",
    "two words",
    "evil\r\nX-Injected: 1",
    "a.b",
    "a.b.c.d",
    "a..c",
    'a.b.c"; return 200; #',
    "a.b.$pid",
    "a.b.c=",
    "a.b.c\u0000",
    `a.b.${"x".repeat(4000)}`,
  ];

  it.each(unusable)("that reads %j is not used: the last good one stays", async (content) => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await start(upstream.port, testToken("good"));
    const rejected = () => proxy.metric('iotedge_proxy_token_changes_total{result="rejected"}');
    await proxy.replace("token", content);
    await proxy.until("refused", async () => (await rejected()) === 1);
    expect(await post(proxy)).toMatchObject({ status: 200 });
    expect(upstream.seen.map(bearer)).toEqual([testToken("good")]);
  });

  it.each([undefined, ...unusable.slice(0, 4)])("that reads %j at the start lets nothing pass", async (content) => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await start(upstream.port, content);
    const response = await post(proxy);
    expect(response).toMatchObject({ status: 503, body: '{"message":"the proxy has no token for iotedged"}' });
    expect(response.headers.get("x-iotedge-proxy-error")).toBe("token");
    expect(await proxy.observe("/readyz")).toMatchObject({ status: 503, body: expect.stringContaining('"token"') });
    expect([...upstream.seen, ...upstream.probes]).toEqual([]);
  });

  it("is not sent any more once it has expired", async () => {
    const exp = 1_700_000_000;
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await start(upstream.port, testToken("good"));
    await proxy.replace("token", testToken("expired", { exp }));
    await proxy.until("not ready", async () => (await proxy.observe("/readyz")).body.includes("token-expired"));
    const reason = async () => (await post(proxy)).headers.get("x-iotedge-proxy-error");
    await proxy.until("requests are refused", async () => (await reason()) === "token-expired");
    expect(upstream.seen.map(bearer)).not.toContain(testToken("expired", { exp }));
    expect(await proxy.metric("iotedge_proxy_token_not_after_seconds")).toBe(exp);
    expect(JSON.parse((await proxy.observe("/status")).body)).toMatchObject({
      tokenNotAfter: exp,
      missing: "token-expired",
    });
  });

  it("lies in no file, log or status", async () => {
    const token = testToken("secret");
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    await using proxy = await start(upstream.port, token, { PROXY_LOG_LEVEL: "debug" });
    await proxy.until("it is logged", async () => {
      await post(proxy);
      return proxy.log().includes("sign");
    });
    for (const name of await readdir(proxy.layout.scratch)) {
      const found = await stat(join(proxy.layout.scratch, name));
      expect([name, found.isSocket(), found.mode & 0o777]).toEqual([name, true, 0o600]);
    }
    for (const path of ["/status", "/metrics", "/readyz"]) {
      expect((await proxy.observe(path)).body).not.toContain(token);
    }
    expect(proxy.log()).not.toContain(token);
  });

  it("is used by a container whose former run left its sockets behind", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const leftOver = async (scratch: string) => {
      const listen = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
      for (const name of ["admin.sock", "again.sock", "own.sock"])
        spawnSync(process.execPath, ["-e", listen, join(scratch, name)]);
      expect(await readdir(scratch)).toEqual(["admin.sock", "again.sock", "own.sock"]);
    };
    const options = { upstreamPort: upstream.port, bundle: parts.first.pem, token: testToken("now"), leftOver };
    await using proxy = await startProxy(parts.build, options);
    await proxy.until("it forwards", async () => (await post(proxy)).status === 200);
  });
});
