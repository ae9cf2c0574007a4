import { describe, expect, it } from "vitest";
import { type FileSystems, hostFileSystems, requireSpace } from "./disk-space.ts";

const gigabyte = 1024 ** 3;
const home = { path: "/home/go", gigabytes: 4, purpose: "Go's build cache" };
const cache = { path: "/home/cache", gigabytes: 1, purpose: "the programs" };
const other = { path: "/data/cluster", gigabytes: 2, purpose: "images" };

function machine(free: { home: number; data: number }): FileSystems {
  const isData = (path: string) => path.startsWith("/data");
  return {
    deviceOf: (path) => (isData(path) ? 2 : 1),
    freeBytes: (path) => (isData(path) ? free.data : free.home) * gigabyte,
  };
}

describe("requireSpace", () => {
  it("takes what is just enough", () => {
    expect(() => requireSpace([home, cache, other], machine({ home: 5, data: 2 }))).not.toThrow();
  });

  it("adds up the needs on one file system, and names the largest", () => {
    const check = () => requireSpace([cache, home, other], machine({ home: 4.9, data: 50 }));
    expect(check).toThrow("/home/go has 4.9 GB free, 5.0 GB are needed for the programs, Go's build cache");
  });

  it("looks at each file system", () => {
    expect(() => requireSpace([home, other], machine({ home: 50, data: 1 }))).toThrow("/data/cluster has 1.0 GB free");
  });

  it("measures directories that do not exist yet by those above", () => {
    expect(hostFileSystems.deviceOf("/nonexistent/a/b")).toBe(hostFileSystems.deviceOf("/"));
    expect(hostFileSystems.freeBytes("/nonexistent/a/b")).toBeGreaterThanOrEqual(0);
  });
});
