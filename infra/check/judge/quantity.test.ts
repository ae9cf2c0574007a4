import fc from "fast-check";
import { expect, it } from "vitest";
import { quantityOf } from "./quantity.ts";

it.each([
  ["250m", 0.25],
  ["2", 2],
  ["64Mi", 67_108_864],
  ["1.5G", 1.5e9],
  ["1e3", 1000],
  [4, 4],
  ["", undefined],
  ["lots", undefined],
  ["1Zi", undefined],
  [undefined, undefined],
])("%j is %j", (text, value) => {
  expect(quantityOf(text)).toBe(value);
});

it("never throws, and takes no number for a text that is none", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const value = quantityOf(text);
      expect(value === undefined || Number.isFinite(value)).toBe(true);
    }),
  );
});
