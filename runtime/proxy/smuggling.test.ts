import Type from "typebox";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { identityOf, startTestApi, type TestApi } from "../../test/fakes/iotedged-api.ts";
import type { RouteTable } from "../iotedged/api/route.ts";
import { ambiguousRequests, refusedRequests, splitRequests } from "./test/corpus.ts";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { reasonOf, sendRaw } from "./test/raw-http.ts";

const response = Type.Object({});
const common = {
  summary: "",
  since: "2018-06-28",
  access: "installation",
  budget: "requests",
  status: 200,
  response,
} as const;
const routes = {
  "test.read": { ...common, method: "GET", path: "/things" },
  "test.write": { ...common, method: "POST", path: "/things", body: Type.Unknown() },
  "test.smuggled": { ...common, method: "GET", path: "/smuggled" },
} as const satisfies RouteTable;

const version = "api-version=2018-06-28";
const host = "Host: localhost\r\n";
const json = "Content-Type: application/json\r\n";
const close = "Connection: close\r\n";
const smuggled = `GET /smuggled?${version} HTTP/1.1\r\n${host}${close}\r\n`;
const last = `GET /things?${version} HTTP/1.1\r\n${host}${close}\r\n`;

describe.skipIf(!(await canRunProxy()))("the proxy and iotedged together", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  let proxy: RunningProxy;
  let api: TestApi;
  const handled: string[] = [];
  const handle = (request: string) => {
    handled.push(request);
    return {};
  };

  beforeAll(async () => {
    api = await startTestApi({
      routes,
      handlers: {
        "test.read": () => handle("GET /things"),
        "test.write": (_identity, body) => handle(`POST /things ${JSON.stringify(body)}`),
        "test.smuggled": () => handle("GET /smuggled"),
      },
      authenticator: { authenticate: () => identityOf("sensor") },
    });
    proxy = await startProxy(parts.build, { upstreamPort: api.port, bundle: api.ca.certificatePem, token: "a.b.c" });
    await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);
  }, 60_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await api?.close();
  });
  beforeEach(() => {
    handled.length = 0;
    api.log.length = 0;
  });

  /** What iotedged saw, those requests included that it refused. */
  const seen = () =>
    api.log.map((line) => JSON.parse(line)).filter(({ message }) => /^request (served|refused)$/.test(message));

  it("serve what is sound, in chunks too", async () => {
    const port = proxy.layout.workloadPort;
    const head = `POST /things?${version} HTTP/1.1\r\n${host}${json}${close}`;
    expect(await sendRaw(port, `${head}Content-Length: 7\r\n\r\n{"a":1}`)).toMatchObject([{ status: 200 }]);
    const chunks = 'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n';
    expect(await sendRaw(port, `${head}${chunks}`)).toMatchObject([{ status: 200 }]);
    expect(handled).toEqual(['POST /things {"a":1}', 'POST /things {"a":1}']);
  });

  it.each(splitRequests(smuggled, last))("see the same requests behind %s", async (_name, rest) => {
    const bytes = `POST /things?${version} HTTP/1.1\r\n${host}${json}${rest}`;
    const answers = await sendRaw(proxy.layout.workloadPort, bytes).catch(() => []);
    const passed = answers.filter((answer) => answer.status >= 200 && reasonOf(answer) === undefined);
    // iotedged writes its log after its answer.
    await expect.poll(() => seen().length).toBe(passed.length);
    // A second request is one to both only where the first one is sound and has ended.
    if (handled.includes("GET /smuggled")) expect(handled).toEqual(["POST /things {}", "GET /smuggled"]);
  });

  it.each(refusedRequests)("never meet over %s", async (_name, bytes) => {
    await sendRaw(proxy.layout.workloadPort, bytes).catch(() => []);
    expect(seen()).toEqual([]);
  });

  it.each(ambiguousRequests)("never see what hides behind %s", async (_name, bytes) => {
    await sendRaw(proxy.layout.workloadPort, bytes).catch(() => []);
    expect(handled).not.toContain("GET /smuggled");
    expect(seen().length).toBeLessThanOrEqual(1);
  });
});
