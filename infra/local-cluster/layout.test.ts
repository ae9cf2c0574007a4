import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { binariesDirectory, defaultDirectory, moduleDirectory } from "./layout.ts";

describe("binariesDirectory", () => {
  it("is in the user's cache, which the environment may move", () => {
    expect(binariesDirectory({})).toBe(join(homedir(), ".cache/pulumi-iotedge/cluster"));
    expect(binariesDirectory({ XDG_CACHE_HOME: "/c" })).toBe("/c/pulumi-iotedge/cluster");
    expect(binariesDirectory({ XDG_CACHE_HOME: "/c", EDGE_CACHE_DIR: "/e" })).toBe("/e/cluster");
    expect(binariesDirectory({ XDG_CACHE_HOME: "" })).toBe(binariesDirectory({}));
  });
});

describe("defaultDirectory", () => {
  it("is in the project, unless the environment names another", () => {
    expect(defaultDirectory({})).toBe(join(import.meta.dirname, "../../.edge/cluster"));
    expect(defaultDirectory({ EDGE_CLUSTER_DIRECTORY: "/run/edge" })).toBe("/run/edge");
  });
});

describe("moduleDirectory", () => {
  it("holds a pinned module", () => {
    expect(existsSync(join(moduleDirectory("kubernetes"), "go.sum"))).toBe(true);
  });
});
