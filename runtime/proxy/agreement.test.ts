import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostileRequests } from "../../test/fixtures/hostile/requests.ts";
import { ambiguousRequests, refusedRequests, splitRequests } from "./test/corpus.ts";
import { bodyOf, type GeneratedRequest, generatedRequest } from "./test/hostile-requests.ts";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy } from "./test/proxy.ts";
import {
  type IotedgedReading,
  type ProxyReading,
  query,
  type Readings,
  startReadings,
  token,
  valuesOf,
} from "./test/readings.ts";

const methods = { GET: "read", POST: "write" } as const;
/** Names of all header fields that iotedged may see. */
const passed: readonly string[] = [
  ...["host", "authorization", "x-request-id", "x-iotedge-trust-bundle"],
  ...["accept", "content-type", "content-length", "user-agent", "traceparent"],
];
const things = `/modules/sensor/genid/gen-sensor/things?${query}`;

/** Who a path names, read as plainly as can be; undefined when it is no path of the API. */
function readPath(path: string): { readonly name: string; readonly genid: string } | undefined {
  const [, name = "", genid = ""] = /^\/modules\/([^/]+)\/genid\/([^/]+)\/things\/?$/.exec(path) ?? [];
  return name === "" ? undefined : { name: decodeURIComponent(name), genid: decodeURIComponent(genid) };
}

/** The same requests, each read alike: nothing that only one of the two knows of, or knows something else of. */
function expectAgreement(proxy: readonly ProxyReading[], iotedged: readonly IotedgedReading[]): void {
  const forwarded = new Map(
    proxy.filter(({ proxyError }) => proxyError === "").map((reading) => [reading.requestId, reading]),
  );
  expect(new Set(iotedged.map(({ requestId }) => requestId)).size).toBe(iotedged.length);
  for (const { requestId, route, name, genid } of iotedged) {
    const { method = "", path = "" } = forwarded.get(requestId) ?? {};
    expect({ path, ...readPath(path), route: methods[method as "GET"] }).toEqual({ path, name, genid, route });
  }
  const handled = new Set(iotedged.map(({ requestId }) => requestId));
  const lost = [...forwarded.values()].filter(({ status, requestId }) => status === 200 && !handled.has(requestId));
  expect(lost).toEqual([]);
}

/** One of each header field that decides on something, and that one the proxy's; no other than those that may pass. */
function expectOwnHeaders({ headers }: Readings): void {
  for (const raw of headers) {
    expect(valuesOf("authorization", raw)).toEqual([`Bearer ${token}`]);
    expect(valuesOf("x-request-id", raw)).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(valuesOf("x-iotedge-trust-bundle", raw)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(valuesOf("host", raw)).toEqual(["localhost"]);
    expect(valuesOf("content-length", raw).length).toBeLessThanOrEqual(1);
    const names = raw.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name) => !passed.includes(name))).toEqual([]);
  }
}

describe.skipIf(!(await canRunProxy()))("the proxy and iotedged agree", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  let readings: Readings;
  let batches = 0;

  beforeAll(async () => {
    readings = await startReadings(parts.build);
  }, 60_000);
  afterAll(() => readings?.[Symbol.asyncDispose]());

  it("on every request of the corpora", async () => {
    const smuggled = `GET ${things.replace("sensor", "smuggled")} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const head = `POST ${things} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    const hostile = hostileRequests("sensor", "stolen").map(({ send }) =>
      send
        .replaceAll("Host: a\r\n", "Host: localhost\r\n")
        .replaceAll("/write?", "/things?")
        .replaceAll(` /things?${query}`, ` ${things}`),
    );
    const requests = [
      ...splitRequests(smuggled, smuggled).map(([, rest]) => head + rest),
      ...refusedRequests.map(([, bytes]) => bytes),
      ...ambiguousRequests.map(([, bytes]) => bytes.replaceAll("/smuggled", things)),
      ...hostile,
    ];
    const { proxy, iotedged } = await readings.of(requests);
    expect(iotedged.length).toBeGreaterThan(50);
    expect(proxy.filter(({ proxyError }) => proxyError !== "").length).toBeGreaterThan(50);
    expectAgreement(proxy, iotedged);
    expectOwnHeaders(readings);
  });

  it("on whatever else a module may send", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(generatedRequest, { minLength: 20, maxLength: 60, size: "max" }), async (requests) => {
        const batch = ++batches;
        const idOf = (index: number) => `${batch}-${index}`;
        const bytes = requests.map((request, index) => request.bytes(idOf(index)));
        const sound = new Set(bytes.filter((_, index) => requests[index]?.sound));
        const { proxy, iotedged } = await readings.of(bytes, sound);
        expectAgreement(proxy, iotedged);
        expectOwnHeaders(readings);
        for (const [index, request] of requests.entries()) expectBodies(request, idOf(index), iotedged);
      }),
      { numRuns: 20, interruptAfterTimeLimit: 120_000 },
    );
  });
});

/** A body is read as that of its own request; a sound request is read as it was meant, with those behind it. */
function expectBodies({ sound, method, name, text }: GeneratedRequest, id: string, all: readonly IotedgedReading[]) {
  const own = all.filter(({ genid }) => genid === id);
  for (const { body, route } of own) if (route === "write") expect(body).toEqual(bodyOf(id, text));
  if (!sound) return;
  expect(own).toMatchObject([{ name, route: methods[method as "GET"] }]);
  for (const end of ["hidden", "last"]) expect(all.filter(({ genid }) => genid === `${id}-${end}`)).toHaveLength(1);
}
