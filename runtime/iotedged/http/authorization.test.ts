import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeAuthenticator, identityOf, startTestApi, type TestApi } from "../../../test/fakes/iotedged-api.ts";
import { isAllowed, type Route } from "../api/route.ts";
import { managementRoutes } from "../management/routes.ts";
import { workloadRoutes } from "../workload/routes.ts";

const modules = ["sensor", "hub", "$edgeAgent", "$edgeHub", "a/b", "a%2Fb", "a b", "é"];
const modulesByOne = fc.constantFrom(...modules);

/** Ways to write a path segment: as it is, encoded once, every byte encoded in either case, encoded twice. */
const encodings: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`).join(""),
  (text) => encodeURIComponent(encodeURIComponent(text)),
];
const encoding = fc.constantFrom(...encodings);

/** What a handler got to serve, and for whom. */
let served: { route: string; moduleId: string } | undefined;
let api: TestApi;

const routes: Readonly<Record<string, Route>> = {
  ...workloadRoutes,
  ...Object.fromEntries(
    Object.entries(managementRoutes).map(([name, route]) => [name, { ...route, path: `/m${route.path}` }]),
  ),
};

beforeAll(async () => {
  const handlers = Object.keys(routes).map((route) => [
    route,
    ({ moduleId }: { moduleId: string }) => {
      served = { route, moduleId };
      throw new Error("served");
    },
  ]);
  api = await startTestApi({
    routes,
    handlers: Object.fromEntries(handlers),
    authenticator: fakeAuthenticator(modules),
  });
});

afterAll(() => api.close());

/** The path is that of the route, whatever stands between its slashes: what iotedged must decide by. */
function decoded(segment: string): string | undefined {
  try {
    return segment.includes("/") ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

describe("who may call what", () => {
  it("is exactly what the table says, for every route, identity and encoding", async () => {
    const request = fc.record({
      route: fc.constantFrom(...Object.entries(routes)),
      caller: modulesByOne,
      another: fc.option(modulesByOne, { freq: 2 }),
      anothers: fc.option(modulesByOne, { freq: 2 }),
      encodeName: encoding,
      encodeGeneration: encoding,
    });
    await fc.assert(
      fc.asyncProperty(
        request,
        async ({ route: [name, route], caller, another, anothers, encodeName, encodeGeneration }) => {
          const nameSegment = encodeName(another ?? caller);
          const generationSegment = encodeGeneration(identityOf(anothers ?? caller).generationId);
          const path = route.path.replace(":name", () => nameSegment).replace(":genid", generationSegment);
          if (/[^!-~]/.test(path)) return;
          served = undefined;
          const body = route.method === "POST" ? bodies[name] : undefined;
          const answer = await api.call(caller, route.method, `${path}?api-version=2020-07-07`, { body });

          const own = decoded(nameSegment) === caller;
          const generation = decoded(generationSegment) === identityOf(caller).generationId;
          const reachable = !route.path.includes(":name") || decoded(nameSegment) !== undefined;
          const allowed = {
            installation: reachable,
            edgeAgent: reachable && caller === "$edgeAgent",
            edgeHub: reachable && caller === "$edgeHub",
            self: own && (generation || !route.path.includes(":genid")),
          }[route.access];
          expect(served).toEqual(allowed ? { route: name, moduleId: caller } : undefined);
          if (!allowed) expect([400, 403, 404]).toContain(answer.status);
        },
      ),
      { numRuns: 600 },
    );
  });

  it("is nothing for who is nobody", async () => {
    for (const [name, route] of Object.entries(routes)) {
      const path = route.path.replace(":name", "sensor").replace(":genid", "gen-sensor");
      served = undefined;
      const answer = await api.call(undefined, route.method, `${path}?api-version=2020-07-07`, { body: bodies[name] });
      expect([answer.status, served]).toEqual([401, undefined]);
    }
  });

  it("is nothing where the table has a hole", () => {
    expect(isAllowed("anyone" as never, identityOf("$edgeAgent"), {})).toBe(false);
    expect(isAllowed("self", identityOf("sensor"), {})).toBe(false);
    expect(isAllowed("self", identityOf("sensor"), { name: "sensor", genid: "" })).toBe(false);
  });
});

const bodies: Readonly<Record<string, object>> = {
  "workload.sign": { keyId: "primary", algo: "HMACSHA256", data: "" },
  "workload.verify": { keyId: "primary", data: "", digest: "" },
  "workload.encrypt": { plaintext: "", initializationVector: "AA==" },
  "workload.decrypt": { ciphertext: "", initializationVector: "AA==" },
  "workload.certificate.identity": {},
  "workload.certificate.server": { commonName: "x", expiration: "2030-01-01T00:00:00Z" },
};
