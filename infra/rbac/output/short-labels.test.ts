import fc from "fast-check";
import { expect, test } from "vitest";
import { shortLabels } from "./short-labels.ts";

/** Alike at both ends, and some of them what others look like when they are cut. */
const name = fc.oneof(
  fc
    .tuple(fc.string({ maxLength: 3 }), fc.nat(40))
    .map(([middle, count]) => `${"a".repeat(count)}${middle}${"z".repeat(40)}`),
  fc.constantFrom("aaaaaaaaaaaaaaaaaaa…zzzzzzzzzz", "aaaaaaaaaaaaaaaa…zzzzzzzz (2)", "x\u200by", "x?y", "x\u0000y"),
);

test("no two different texts look the same, none is too long, and what fits stays", () => {
  const property = fc.property(fc.array(name, { maxLength: 12 }), fc.integer({ min: 20, max: 60 }), (names, limit) => {
    const shorten = shortLabels(names, limit);
    const distinct = [...new Set(names)];
    expect(new Set(distinct.map(shorten)).size).toBe(distinct.length);
    for (const one of distinct) expect(shorten(one).length).toBeLessThanOrEqual(limit);
    expect(shorten("short")).toBe("short");
  });
  fc.assert(property, { numRuns: 2000 });
});

test("both ends are kept", () => {
  expect(shortLabels([], 20)(`system:serviceaccount:${"x".repeat(50)}:deployer`)).toBe("system:servic…ployer");
});
