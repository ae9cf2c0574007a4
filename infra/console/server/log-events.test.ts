import fc from "fast-check";
import { expect, test } from "vitest";
import { loadScrubber } from "#contract";
import { createLogText } from "./log-events.ts";

const scrubber = await loadScrubber();
const shown = (...chunks: readonly (string | Uint8Array)[]) => {
  const toText = createLogText(scrubber);
  return chunks.map((chunk) => toText(Buffer.from(chunk as string))).join("");
};

test("lines come whole, however their bytes are cut", () => {
  const line = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replace(/[\n\r]/g, ""));
  const property = fc.property(
    fc.array(line, { minLength: 1 }),
    fc.array(fc.nat(400), { maxLength: 6 }),
    (lines, cuts) => {
      const bytes = Buffer.from(`${lines.join("\n")}\n`);
      const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
      const parts = [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length));
      expect(shown(...parts)).toBe(shown(bytes));
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test("colours are left out, and what else hides is written out", () => {
  expect(shown("\u001b[31mred\u001b[0m\r\na\u202eb\n")).toBe("red\na\\u202eb\n");
});

test("what is secret is left out, also in a line that comes in parts", () => {
  const text = shown("password=c2VjcmV0LXRoYXQt", "bm9ib2R5LW1heS1zZWU=\n");
  expect(text).toMatch(/^password=/);
  expect(text).not.toContain("bm9ib2R5");
});

test("a line without an end does not pile up", () => {
  expect(shown("a".repeat(100_000)).length).toBeGreaterThan(64_000);
});
