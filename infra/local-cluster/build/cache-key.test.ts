import { describe, expect, it } from "vitest";
import { type BuildInputs, cacheKey, readBuildInputs } from "./cache-key.ts";

const inputs: BuildInputs = {
  toolchain: "go1.26.8 linux/amd64",
  flags: ["-trimpath"],
  modules: { etcd: "a", kubernetes: "b" },
};

describe("cacheKey", () => {
  it.each<[string, Partial<BuildInputs>]>([
    ["the Go version", { toolchain: "go1.26.9 linux/amd64" }],
    ["the architecture", { toolchain: "go1.26.8 linux/arm64" }],
    ["a build flag", { flags: [] }],
    ["a module", { modules: { etcd: "a", kubernetes: "c" } }],
    ["the number of modules", { modules: { etcd: "a" } }],
  ])("differs when %s differs", (_, change) => {
    expect(cacheKey({ ...inputs, ...change })).not.toBe(cacheKey(inputs));
  });

  it("does not depend on the order of the modules", () => {
    expect(cacheKey({ ...inputs, modules: { kubernetes: "b", etcd: "a" } })).toBe(cacheKey(inputs));
  });

  it("of this checkout is a file name", () => {
    expect(cacheKey(readBuildInputs("go1.26.8 linux/amd64"))).toMatch(/^[0-9a-f]{16}$/);
  });
});
