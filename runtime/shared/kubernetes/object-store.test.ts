import { expect, it } from "vitest";
import type { ApiClient, ApiRequest } from "./api-client.ts";
import { kubernetesErrors } from "./errors.ts";
import { configMaps } from "./kinds.ts";
import { createObjectStore } from "./object-store.ts";

function storeThat(answer: (request: ApiRequest) => unknown) {
  const requests: ApiRequest[] = [];
  const client: ApiClient = {
    call: async <T>(request: ApiRequest) => {
      requests.push(request);
      return answer(request) as T;
    },
    stream: () => Promise.reject(new Error("not here")),
    close: async () => {},
  };
  return { store: createObjectStore({ client, namespace: "edge-a", fieldManager: "edgeagent" }), requests };
}

const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };
const notFound = () => {
  throw kubernetesErrors.EDGE_KUBERNETES_NOT_FOUND({ verb: "get", path: "/" });
};
const forbidden = () => {
  throw kubernetesErrors.EDGE_KUBERNETES_FORBIDDEN({ verb: "get", path: "/" });
};

it("applies on the server's side, by force and under its own name", async () => {
  const { store, requests } = storeThat(() => object);
  await store.apply(object);
  expect(requests).toEqual([
    {
      verb: "patch",
      path: "/api/v1/namespaces/edge-a/configmaps/x",
      query: { fieldManager: "edgeagent", force: "true" },
      body: object,
      contentType: "application/apply-patch+yaml",
    },
  ]);
});

it("gives items of a list the kind that the API server leaves out", async () => {
  const { store, requests } = storeThat(() => ({ items: [{ metadata: { name: "x" } }] }));
  expect(await store.list(configMaps, { labelSelector: "a=b" })).toEqual([object]);
  expect(requests[0]).toMatchObject({ verb: "list", query: { labelSelector: "a=b" } });
});

it("takes what is not there for absent, and passes every other failure on", async () => {
  expect(await storeThat(notFound).store.get(configMaps, "x")).toBeUndefined();
  await storeThat(notFound).store.remove(configMaps, "x");
  await expect(storeThat(forbidden).store.get(configMaps, "x")).rejects.toMatchObject({
    code: "EDGE_KUBERNETES_FORBIDDEN",
  });
  await expect(storeThat(forbidden).store.remove(configMaps, "x")).rejects.toThrow();
});

it("deletes in the background, and creates where apply is not wanted", async () => {
  const { store, requests } = storeThat(() => object);
  await store.remove(configMaps, "x");
  await store.create(object);
  expect(requests).toMatchObject([
    { verb: "delete", query: { propagationPolicy: "Background" } },
    { verb: "create", path: "/api/v1/namespaces/edge-a/configmaps", body: object },
  ]);
});
