import { describe, expect, it } from "vitest";
import { createDiscovery } from "./discovery.ts";

const body = {
  resources: [
    { name: "pods", kind: "Pod", namespaced: true },
    { name: "nodes", kind: "Node", namespaced: false },
  ],
};
const discovery = createDiscovery(
  async () => ({ status: 200, body }),
  () => {},
);
const [pod, node] = ["Pod", "Node"].map((kind) => ({ apiVersion: "v1", kind }));

describe("paths of objects", () => {
  it("have the namespace where the kind has one", async () => {
    expect(await discovery.itemPath({ ...pod, namespace: "a", name: "x" } as never)).toBe(
      "/api/v1/namespaces/a/pods/x",
    );
    expect(await discovery.itemPath({ ...node, namespace: "a", name: "x" } as never)).toBe("/api/v1/nodes/x");
  });

  it("stay below the kind, whatever is written into a manifest or behind -n", async () => {
    const path = await discovery.itemPath({ ...pod, namespace: "a/../../../apis", name: "../b?c" } as never);
    expect(path).toBe("/api/v1/namespaces/a%2F..%2F..%2F..%2Fapis/pods/..%2Fb%3Fc");
  });
});
