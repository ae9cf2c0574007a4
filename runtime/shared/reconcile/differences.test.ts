import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameQuantity } from "#base";
import { differences } from "./differences.ts";

describe("differences", () => {
  it.each<[string, unknown, unknown]>([
    ["defaults of the server", { a: 1 }, { a: 1, b: 2 }],
    ["an empty list that is left out", { a: [] }, {}],
    ["an empty object that is left out", { a: {} }, {}],
    ["a quantity in another spelling", { limits: { cpu: "0.5" } }, { limits: { cpu: "500m" } }],
  ])("finds none in %s", (_, desired, live) => {
    expect(differences({ spec: desired }, { spec: live })).toEqual([]);
  });

  it.each<[string, unknown, unknown, string]>([
    ["another value", { a: { b: 1 } }, { a: { b: 2 } }, ".a.b=2"],
    ["a value that is gone", { a: 1 }, {}, ".a=undefined"],
    ["another type", { a: { b: 1 } }, { a: "x" }, '.a="x"'],
    ["an item more", { a: [1] }, { a: [1, 2] }, ".a has 2 items"],
    ["items in another order", { a: [{ n: 1 }, { n: 2 }] }, { a: [{ n: 2 }, { n: 2 }] }, ".a[0].n=2"],
    ["a list that is gone", { a: [1] }, {}, ".a=undefined"],
    ["another quantity", { limits: { cpu: "1" } }, { limits: { cpu: "2" } }, '.limits.cpu="2"'],
    [
      "text that only looks like a quantity",
      { env: { value: "0.5" } },
      { env: { value: "500m" } },
      '.env.value="500m"',
    ],
  ])("finds %s", (_, desired, live, line) => {
    expect(differences(desired, live)).toEqual([line]);
  });

  it("finds none between any JSON value and itself with more fields", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(differences(JSON.parse(text), JSON.parse(text))).toEqual([]);
      }),
    );
  });
});

it.each([
  ["1024Ki", "1Mi", true],
  ["0.005", "5m", true],
  ["1e3", "1k", true],
  ["0.1", "100m", true],
  ["1000m", "1", true],
  ["1.5Gi", "1536Mi", true],
  ["1M", "1Mi", false],
  ["500m", "501m", false],
  ["", "0", false],
  ["x", "x", false],
])("compares quantities by amount: %s and %s", (one, other, same) => {
  expect(sameQuantity(one, other)).toBe(same);
});
