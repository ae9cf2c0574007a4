import { describe, expect, it } from "vitest";
import { bootId, requireRoot, requireSupportedSystem } from "./system.ts";

describe("requireSupportedSystem", () => {
  it.each([
    ["darwin", "arm64"],
    ["win32", "x64"],
    ["linux", "ia32"],
  ])("refuses %s on %s", (platform, architecture) => {
    const check = () => requireSupportedSystem(platform, architecture);
    expect(check).toThrow(expect.objectContaining({ code: "EDGE_CLUSTER_UNSUPPORTED_OS" }));
    expect(check).toThrow(`${platform} on ${architecture}`);
  });

  it.each(["x64", "arm64"])("takes Linux on %s", (architecture) => {
    expect(() => requireSupportedSystem("linux", architecture)).not.toThrow();
  });
});

describe("requireRoot", () => {
  it("takes root only", () => {
    expect(() => requireRoot(0)).not.toThrow();
    expect(() => requireRoot(1000)).toThrow(expect.objectContaining({ code: "EDGE_CLUSTER_NOT_ROOT" }));
  });
});

describe("bootId", () => {
  it("stays the same while the machine runs", () => {
    expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(bootId()).toBe(bootId());
  });
});
