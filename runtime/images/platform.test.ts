import fc from "fast-check";
import { expect, it } from "vitest";
import { machineArchitecture, parsePlatforms } from "./platform.ts";

it("reads platforms in one order, however they are written", () => {
  expect(parsePlatforms("linux/arm64, linux/amd64,linux/arm64")).toEqual(["amd64", "arm64"]);
  expect(parsePlatforms("linux/arm64")).toEqual(["arm64"]);
});

it.each(["", "linux/riscv64", "amd64", "windows/amd64", "linux/amd64,"])(
  "refuses %j, and names what there is",
  (list) => {
    expect(() => parsePlatforms(list)).toThrow(
      expect.objectContaining({
        code: "EDGE_IMAGES_PLATFORM_UNKNOWN",
        remedy: expect.stringContaining("linux/amd64, linux/arm64"),
      }),
    );
  },
);

it("never takes another word for a platform", () => {
  fc.assert(
    fc.property(fc.string(), (word) => {
      try {
        return parsePlatforms(word).length > 0 && /linux\/(amd64|arm64)/.test(word);
      } catch {
        return true;
      }
    }),
  );
});

it("knows the machine's own, and says when there are no images for it", () => {
  expect([machineArchitecture("x64"), machineArchitecture("arm64")]).toEqual(["amd64", "arm64"]);
  expect(() => machineArchitecture("riscv64")).toThrow(
    expect.objectContaining({ code: "EDGE_IMAGES_PLATFORM_UNKNOWN" }),
  );
});
