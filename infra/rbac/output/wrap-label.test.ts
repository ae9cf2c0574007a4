import fc from "fast-check";
import { expect, test } from "vitest";
import { wrapLabel, wrapName } from "./wrap-label.ts";

test("lines have all of the text, none is too long, and there are no more than must be", () => {
  const property = fc.property(
    fc.string({ maxLength: 90, unit: fc.constantFrom("a", "b", " ", "-", "/", ".") }),
    fc.integer({ min: 5, max: 30 }),
    (text, width) => {
      const maxLines = Math.max(1, Math.ceil(text.length / width));
      const lines = wrapLabel(text, width, maxLines);
      expect(lines.join("")).toBe(text);
      expect(lines.length).toBeLessThanOrEqual(maxLines);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    },
  );
  fc.assert(property, { numRuns: 2000 });
});

test("a line ends behind a mark where there is one", () => {
  expect(wrapLabel("create on subjectaccessreviews.authorization.k8s.io", 36, 3)).toEqual([
    "create on subjectaccessreviews.",
    "authorization.k8s.io",
  ]);
});

test("a character of two code units stays whole", () => {
  expect(wrapLabel("abcd\u{1f600}efg", 5, 3)).toEqual(["abcd", "\u{1f600}efg"]);
});

test("a name with a space at the end of a line looks like no other", () => {
  expect(wrapName("abcd efgh", 5, 3)).not.toEqual(wrapName("abcdefgh", 4, 3));
  expect(wrapName("abcd efgh", 5, 3)).toEqual(["abcd\u2423", "efgh"]);
});
