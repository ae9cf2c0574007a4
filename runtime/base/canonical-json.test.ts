import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

describe("canonicalJson", () => {
  it("sorts the keys of every map and keeps the order of lists", () => {
    expect(canonicalJson({ b: [2, { d: 1, c: 2 }], a: null })).toBe(
      '{\n  "a": null,\n  "b": [\n    2,\n    {\n      "c": 2,\n      "d": 1\n    }\n  ]\n}\n',
    );
  });

  it("has no character that a reader of YAML refuses or takes for a line's end", () => {
    expect(canonicalJson({ "\u007F": "\u0085 \u2028\uFFFE" })).toBe('{\n  "\\u007f": "\\u0085 \\u2028\\ufffe"\n}\n');
  });

  it("keeps the value, and gives the same text for keys in another order", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        const reversed = Object.fromEntries(Object.entries(plain).reverse());
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
        expect(canonicalJson(reversed)).toBe(canonicalJson(plain));
      }),
    );
  });
});
