import { describe, expect, it } from "vitest";
import { contextHelp } from "./cluster-option.ts";

describe("contextHelp", () => {
  it.each([
    [undefined, true, "cluster; default: the local one"],
    ["the stack's", true, "cluster; default: the stack's, else the local one"],
    ["the stack's", false, "cluster; default: the stack's"],
    [undefined, false, "cluster; there is no default"],
  ])("with %s before it, and a local cluster %s: %s", (otherwise, hasLocal, text) => {
    expect(contextHelp("cluster", otherwise, hasLocal)).toBe(text);
  });
});
