import { expect, it } from "vitest";
import { wrapParagraphs } from "./wrap-paragraphs.ts";

it("breaks paragraphs that are too wide between words, and leaves others and examples as they are", () => {
  const example = "  edgectl trust rotate --fleet --to r2";
  const text = `\nOne two three four\nfive six.\n\nShort\nlines.\n\nExamples:\n${example}\n`;
  expect(wrapParagraphs(text, 12)).toBe(`\nOne two\nthree four\nfive six.\n\nShort\nlines.\n\nExamples:\n${example}\n`);
  expect(wrapParagraphs(text, 80)).toBe(text);
});

it("leaves a word whole that has no room in a line", () => {
  expect(wrapParagraphs("see https://example.com/a/page now", 10)).toBe("see\nhttps://example.com/a/page\nnow");
});
