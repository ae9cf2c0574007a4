import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compactJson,
  formatPath,
  replaceAt,
  reveal,
  secret,
  signatureKey,
  UnsupportedValue,
  unknownValue,
  type Value,
} from "./values.ts";

const plain = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== signatureKey && key !== "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

describe("reveal", () => {
  test("leaves plain values alone", () => {
    fc.assert(fc.property(plain, (value) => void expect(reveal(value)).toEqual({ value, secrets: [], unknowns: [] })));
  });

  test("finds every secret, at whatever depth, once", () => {
    const value: Value = { a: secret({ b: secret("x") }), c: [1, secret("y")] };
    expect(reveal(value)).toEqual({
      value: { a: { b: "x" }, c: [1, "y"] },
      secrets: [["a"], ["c", 1]],
      unknowns: [],
    });
  });

  test("takes outputs apart: value, secrecy, unknown", () => {
    const output = (fields: object) => ({ [signatureKey]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...fields });
    expect(
      reveal({ known: output({ value: 1 }), hidden: output({ value: 2, secret: true }), later: output({}) }),
    ).toEqual({
      value: { known: 1, hidden: 2, later: unknownValue },
      secrets: [["hidden"]],
      unknowns: [["later"]],
    });
  });

  test("replaces a reference by the id, or by the URN of a component", () => {
    const reference = (fields: object) => ({ [signatureKey]: "5cf8f73096256a8f31e491e813e4eb8e", ...fields });
    expect(reveal([reference({ urn: "u", id: "i" }), reference({ urn: "u" })]).value).toEqual(["i", "u"]);
  });

  test("refuses an asset and says where it is", () => {
    const asset = { [signatureKey]: "c44067f5952c0a294b673a41bacd8c17", text: "x" };
    expect(() => reveal({ data: { file: asset } })).toThrow(UnsupportedValue);
  });
});

describe("replaceAt", () => {
  test("no secret survives the replacement of the paths that reveal found", () => {
    const mixed = fc.array(fc.tuple(plain, fc.boolean()), { maxLength: 6 });
    fc.assert(
      fc.property(mixed, (items) => {
        const marked = items.map(([value, hidden]) => (hidden ? secret({ value, needle: "NEEDLE" }) : value));
        const { value, secrets } = reveal(marked);
        expect(JSON.stringify(replaceAt(value, secrets, "(secret)"))).not.toContain("NEEDLE");
      }),
    );
  });

  test("ignores paths that are not there", () => {
    expect(
      replaceAt(
        { a: 1 },
        [
          ["b", "c"],
          ["a", "b"],
        ],
        "x",
      ),
    ).toEqual({ a: 1 });
  });
});

test("compactJson does not depend on the order of keys", () => {
  const reversed = (value: Value): Value =>
    Array.isArray(value)
      ? value.map(reversed)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, item]) => [key, reversed(item)]),
          )
        : value;
  fc.assert(fc.property(plain, (value) => void expect(compactJson(reversed(value))).toBe(compactJson(value))));
  fc.assert(fc.property(plain, (value) => void expect(JSON.parse(compactJson(value))).toEqual(value)));
});

test("formatPath writes a path as one would", () => {
  expect(formatPath(["metadata", "labels", "a.b/c", 0])).toBe('metadata.labels["a.b/c"][0]');
});
