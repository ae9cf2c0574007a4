import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unreadable } from "./test/corpus.ts";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { type RawResponse, reasonOf, sendRaw } from "./test/raw-http.ts";
import { startUpstream, type Upstream } from "./test/upstream.ts";

describe.skipIf(!(await canRunProxy()))("what a request may ask for", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  let proxy: RunningProxy;
  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await startUpstream(await parts.first.issue("localhost"));
    proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle: parts.first.pem, token: "a.b.c" });
  }, 60_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await upstream?.[Symbol.asyncDispose]();
  });

  const port = () => String(proxy.layout.workloadPort);
  const send = async (line: string, headers = ["Host: localhost"], body = ""): Promise<RawResponse> => {
    upstream.seen.length = 0;
    const head = [line, ...headers, "Connection: close"].join("\r\n");
    const [response] = await sendRaw(proxy.layout.workloadPort, `${head}\r\n\r\n${body}`);
    return response ?? { status: 0, headers: new Map(), body: "" };
  };

  it.each([
    "/",
    "/modules/%24edgeHub/genid/1/sign?api-version=2020-07-07",
    "/modules/a%2Fb/genid/x%20y/sign",
    "/a.b/..c/d..?x=..",
    "/...",
    "/a/",
    "/!\"$&'()*+,-.0:;<=>@AZ[]^_`az{|}~",
    "/?next=//other/../path",
    "/?|localhost||||",
  ])("may be %s, which is forwarded byte for byte", async (target) => {
    expect(await send(`GET ${target} HTTP/1.1`)).toMatchObject({ status: 200 });
    expect(upstream.seen.map(({ url }) => url)).toEqual([target]);
  });

  it.each([
    "/a/../b",
    "/a/..",
    "/./a",
    "/.",
    "/a/.?x",
    "/a/%2e%2E/b",
    "/a/.%2e/b",
    "/a/..%2fb",
    "/a%2f..%2fb",
    "/a%5c..%5cb",
    "//a",
    "/a//b",
    "/a//",
    "/a%",
    "/a%2",
    "/a%zz",
    "/a?b=%g0",
    "/a#b",
    "/a\\b",
    "/a?b#c",
    "/a?b\\c",
    "/mod\u00fcles",
    "/a\u007f",
  ])("may not be %s", async (target) => {
    const response = await send(`GET ${target} HTTP/1.1`);
    expect(response.status).toBe(400);
    expect(["path", "request", "request-line", unreadable]).toContain(reasonOf(response));
    expect(upstream.seen).toEqual([]);
  });

  it.each(["OPTIONS", "PATCH", "TRACE", "PROPFIND", "GETX", "XGET"])("may not be done by %s", async (method) => {
    const response = await send(`${method} /a HTTP/1.1`);
    expect([response.status, reasonOf(response)]).toEqual([405, "method"]);
    expect(upstream.seen).toEqual([]);
  });

  it.each(["localhost", "LOCALHOST", "localhost:PORT", "127.0.0.1", "127.0.0.1:PORT", "[::1]", "[::1]:PORT"])(
    "may be at %s",
    async (host) => {
      expect(await send("GET /a HTTP/1.1", [`Host: ${host.replace("PORT", port())}`])).toMatchObject({ status: 200 });
    },
  );

  it.each([
    "evil.example",
    "localhost.evil.example",
    "localhost:1",
    "localhost:PORT1",
    "localhost:",
    "127.0.0.2",
    "127x0.0.1",
    "a@localhost",
    "localhost|PORT||||",
  ])("may not be at %s", async (host) => {
    const response = await send("GET /a HTTP/1.1", [`Host: ${host.replace("PORT", port())}`]);
    expect([400, 421]).toContain(response.status);
    expect(["host", "request", unreadable]).toContain(reasonOf(response));
    expect(upstream.seen).toEqual([]);
  });

  it.each(["GET", "HEAD", "DELETE"])("may not have a body with %s", async (method) => {
    const host = "Host: localhost";
    for (const framing of ["Content-Length: 1", "Transfer-Encoding: chunked"]) {
      const response = await send(`${method} /a HTTP/1.1`, [host, framing], "0\r\n\r\n");
      expect([response.status, reasonOf(response)]).toEqual([400, "body"]);
    }
    expect(upstream.seen).toEqual([]);
    expect(await send(`${method} /a HTTP/1.1`, [host, "Content-Length: 0"])).toMatchObject({ status: 200 });
  });

  it("never passes when a URL parser reads it in another way, nor changed", async () => {
    const pieces = [
      "a",
      "/",
      ".",
      "..",
      "%2e",
      "%2F",
      "%5C",
      "\\",
      "?",
      "#",
      "%",
      "%20",
      "é",
      "\t",
      "@",
      ":",
      "|",
      " ",
    ];
    const target = fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((parts) => `/${parts.join("")}`);
    await fc.assert(
      fc.asyncProperty(target, async (text) => {
        const response = await send(`GET ${text} HTTP/1.1`).catch(() => undefined);
        for (const { url } of upstream.seen) {
          // HAProxy skips white space before the version.
          const read = text.replace(/[ \t]+$/, "");
          expect(url).toBe(read);
          expect(new URL(`http://localhost${read}`).href).toBe(`http://localhost${read}`);
        }
        expect(upstream.seen).toHaveLength(response?.status === 200 ? 1 : 0);
      }),
      { numRuns: 400 },
    );
  });
});
