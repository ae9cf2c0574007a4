import { describe, expect, test } from "vitest";
import type { ApiRequest, ApiResponse } from "./api-request.ts";
import { createCluster } from "./cluster.ts";
import type { LiveObject } from "./kubernetes-types.ts";

const core = {
  resources: [
    { name: "configmaps", kind: "ConfigMap", namespaced: true },
    { name: "namespaces", kind: "Namespace", namespaced: false },
    { name: "namespaces/status", kind: "Namespace", namespaced: false },
  ],
};
const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "a" } };
const object = { ...configMap, metadata: { ...configMap.metadata, uid: "u" } } as LiveObject;

function server(answer: (request: ApiRequest) => ApiResponse) {
  const requests: ApiRequest[] = [];
  const cluster = createCluster(
    async (request) => {
      requests.push(request);
      return request.path === "/api/v1" ? { status: 200, body: core } : answer(request);
    },
    { context: "test", server: "https://test" },
  );
  return { cluster, requests };
}
const always = (status: number, body: object = {}) => server(() => ({ status, body }));

describe("requests", () => {
  test("apply patches by server-side apply as edgectl, with force", async () => {
    const { cluster, requests } = always(200);
    await cluster.apply(configMap);
    expect(requests[1]).toEqual({
      method: "PATCH",
      path: "/api/v1/namespaces/a/configmaps/c",
      query: { fieldManager: "edgectl", force: "true" },
      body: configMap,
      contentType: "application/apply-patch+yaml",
    });
  });

  test("delete names the uid, so that it cannot hit a newer object", async () => {
    const { cluster, requests } = always(200);
    await cluster.delete(object, "Foreground");
    expect(requests[1]?.body).toEqual({ propagationPolicy: "Foreground", preconditions: { uid: "u" } });
  });

  test("list follows the pages", async () => {
    const { cluster } = server(({ query }) =>
      query?.continue === undefined
        ? { status: 200, body: { items: [{ metadata: { name: "1" } }], metadata: { continue: "next" } } }
        : { status: 200, body: { items: [{ metadata: { name: "2" } }], metadata: {} } },
    );
    const found = await cluster.list({ apiVersion: "v1", kind: "ConfigMap" });
    expect(found.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(["ConfigMap 1", "ConfigMap 2"]);
  });

  test("list of what there may be any number of ends at the most that is asked for", async () => {
    const page = Array.from({ length: 500 }, (_, index) => ({ metadata: { name: String(index) } }));
    const { cluster, requests } = server(({ query }) => ({
      status: 200,
      body: { items: page.slice(0, Number(query?.limit)), metadata: { continue: "next" } },
    }));
    expect(await cluster.list({ apiVersion: "v1", kind: "ConfigMap" }, { most: 1_200 })).toHaveLength(1_200);
    expect(requests.flatMap(({ query }) => (query?.limit === undefined ? [] : [query.limit]))).toEqual([
      "500",
      "500",
      "200",
    ]);
  });

  test("a name is no path", async () => {
    const { cluster, requests } = always(404);
    await cluster.get({ apiVersion: "v1", kind: "Namespace", name: "../x" });
    expect(requests[1]?.path).toBe("/api/v1/namespaces/..%2Fx");
  });
});

describe("answers", () => {
  test("absent is undefined for get, and nothing for delete", async () => {
    const { cluster } = always(404);
    expect(await cluster.get({ apiVersion: "v1", kind: "ConfigMap", name: "c", namespace: "a" })).toBeUndefined();
    await cluster.delete(object, "Background");
    await always(409).cluster.delete(object, "Background");
  });

  test("a kind whose definition was deleted meanwhile has no objects", async () => {
    expect(await always(404).cluster.list({ apiVersion: "v1", kind: "ConfigMap" })).toEqual([]);
  });

  test.each([
    [401, "EDGE_APPLY_UNAUTHORIZED"],
    [403, "EDGE_APPLY_FORBIDDEN"],
    [422, "EDGE_APPLY_REJECTED"],
    [500, "EDGE_APPLY_REJECTED"],
  ])("%i is %s", async (status, code) => {
    await expect(always(status, { message: "because" }).cluster.apply(configMap)).rejects.toMatchObject({ code });
  });

  test("a kind that is not served is told", async () => {
    const { cluster } = always(404);
    const thing = { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "t" } };
    await expect(cluster.apply(thing)).rejects.toMatchObject({ code: "EDGE_APPLY_UNKNOWN_KIND" });
    expect(await cluster.resolve("example.org", "Thing")).toBeUndefined();
  });

  test("a kind is looked up again when the API server was away", async () => {
    let isAway = true;
    const served = { context: "test", server: "https://test" };
    const cluster = createCluster(
      async ({ path }) => (isAway ? { status: 503, body: {} } : { status: 200, body: path === "/api/v1" ? core : {} }),
      served,
    );
    await expect(cluster.apply(configMap)).rejects.toMatchObject({ code: "EDGE_APPLY_BUSY" });
    isAway = false;
    await cluster.apply(configMap);
  });

  test("a long message is cut", async () => {
    const failure = always(422, { message: "x".repeat(5000) }).cluster.apply(configMap);
    await expect(failure).rejects.toSatisfy((error: Error) => error.message.length < 1000);
  });
});
