import { expect, it } from "vitest";
import { nodeFloor, requireNode } from "./node-version.ts";

it.each(["24.18.1", "24.19.0", "25.0.0", "100.0.0"])("runs on Node.js %s", (version) => {
  expect(() => requireNode(version)).not.toThrow();
});

it.each(["24.18.0", "24.9.9", "22.23.2", "9.99.99"])("refuses Node.js %s", (version) => {
  expect(() => requireNode(version)).toThrow(
    expect.objectContaining({ code: "EDGE_RUNTIME_NODE_TOO_OLD", message: expect.stringContaining(nodeFloor) }),
  );
});
