import { expect, it } from "vitest";
import { clusterPath, deployments, kindOf, namespacedPath, nodes, pods } from "./kinds.ts";

it("makes the paths of the core group and of named groups", () => {
  expect(namespacedPath(pods, "edge-a")).toBe("/api/v1/namespaces/edge-a/pods");
  expect(namespacedPath(deployments, "edge-a", "hub")).toBe("/apis/apps/v1/namespaces/edge-a/deployments/hub");
  expect(clusterPath(nodes)).toBe("/api/v1/nodes");
});

it("lets no name out of its place in the path", () => {
  expect(namespacedPath(pods, "edge-a", "../secrets/x")).toBe("/api/v1/namespaces/edge-a/pods/..%2Fsecrets%2Fx");
});

it("knows the kind of what is written, and refuses any other", () => {
  expect(kindOf({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" } })).toBe(deployments);
  expect(() => kindOf({ apiVersion: "v1", kind: "Node", metadata: { name: "x" } })).toThrow("v1 Node is no kind");
});
