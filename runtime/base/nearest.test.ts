import { describe, expect, it } from "vitest";
import { nearest } from "./nearest.ts";

describe("nearest", () => {
  const keys = ["namespace", "name", "networkPolicy", "nodeObserver", "trust"];
  it.each([
    ["namespce", "namespace"],
    ["nodeobserver", "nodeObserver"],
    ["networkPolicies", "networkPolicy"],
    ["nam", "name"],
    ["thrust", "trust"],
    ["replicas", undefined],
    ["", undefined],
  ])("takes %j for %j", (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });

  it("is not held up by long words", () => {
    expect(nearest("x".repeat(1_000_000), keys)).toBeUndefined();
  });
});
