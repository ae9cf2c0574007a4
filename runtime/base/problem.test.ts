import { describe, expect, it } from "vitest";
import { formatPath, formatValue, isSound, type Path } from "./problem.ts";

describe("formatPath", () => {
  it.each([
    [[], "the configuration"],
    [["installations", 1, "namespace"], "installations[1].namespace"],
    [["images", "modules", "a b"], 'images.modules["a b"]'],
    [
      ["installations", 0, "iotedged", "nodeSelector", "kubernetes.io/os"],
      'installations[0].iotedged.nodeSelector["kubernetes.io/os"]',
    ],
  ] satisfies [Path, string][])("writes %j as %s", (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe("formatValue", () => {
  it.each([
    ["a", '"a"'],
    [1, "1"],
    [null, "null"],
    [[1], "a list"],
    [{ password: "x" }, "a map"],
    ["x".repeat(200), `"${"x".repeat(80)}..."`],
  ])("shows %j as %s", (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe("isSound", () => {
  const problems = [{ path: "installations[1].trust", found: "", allowed: "", remedy: "" }];
  it.each([
    [["installations", 1, "trust"], false],
    [["installations", 1], false],
    [["installations"], false],
    [["installations", 1, "trust", "rootDays"], true],
    [["installations", 10], true],
    [["installations", 1, "trustee"], true],
    [["images"], true],
  ] satisfies [Path, boolean][])("of %j is %s", (path, sound) => {
    expect(isSound(problems, path)).toBe(sound);
  });
});
