import { describe, expect, it } from "vitest";
import { takesPods } from "./node-status.ts";

const ready = { conditions: [{ type: "Ready", status: "True" }] };

describe("takesPods", () => {
  it("wants a ready node without taints", () => {
    expect(takesPods({ status: ready })).toBe(true);
    expect(takesPods({ status: ready, spec: { taints: [] } })).toBe(true);
  });

  it.each([
    ["is new", {}],
    ["is not ready", { status: { conditions: [{ type: "Ready", status: "False" }] } }],
    ["has only other conditions", { status: { conditions: [{ type: "DiskPressure", status: "True" }] } }],
    ["has a taint", { status: ready, spec: { taints: [{ key: "node.kubernetes.io/not-ready" }] } }],
  ])("refuses one that %s", (_, node) => expect(takesPods(node)).toBe(false));
});
