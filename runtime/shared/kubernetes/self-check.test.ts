import { expect, it } from "vitest";
import type { ApiClient, ApiRequest } from "./api-client.ts";
import { selfCheck } from "./self-check.ts";

/** Answers reviews: everything is allowed but deleting, and creating the object `status`. */
function clientThatDenies(asked: unknown[]): ApiClient {
  return {
    call: async <T>({ body }: ApiRequest) => {
      const { resourceAttributes } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec;
      asked.push(resourceAttributes);
      const { verb, name } = resourceAttributes;
      return { status: { allowed: verb !== "delete" && !(verb === "create" && name === "status") } } as T;
    },
    stream: () => Promise.reject(new Error("not here")),
    close: async () => {},
  };
}

it("asks for every verb of every resource and name, and tells what is missing", async () => {
  const asked: unknown[] = [];
  const missing = await selfCheck(clientThatDenies(asked), "edge-a", [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "delete"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["deployment", "status"], verbs: ["create"] },
  ]);
  expect(asked).toEqual([
    { verb: "list", group: "apps", resource: "deployments", namespace: "edge-a" },
    { verb: "delete", group: "apps", resource: "deployments", namespace: "edge-a" },
    { verb: "create", group: "", resource: "configmaps", name: "deployment", namespace: "edge-a" },
    { verb: "create", group: "", resource: "configmaps", name: "status", namespace: "edge-a" },
  ]);
  expect(missing).toEqual([
    { verb: "delete", group: "apps", resource: "deployments" },
    { verb: "create", group: "", resource: "configmaps", name: "status" },
  ]);
});

it("asks without a namespace for cluster-scoped rights", async () => {
  const asked: unknown[] = [];
  await selfCheck(clientThatDenies(asked), undefined, [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }]);
  expect(asked).toEqual([{ verb: "list", group: "", resource: "nodes" }]);
});
