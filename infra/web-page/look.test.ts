import { expect, test } from "vitest";
import { look } from "./look.ts";

const blocks = [...look.matchAll(/:root \{([\s\S]*?)\}/g)].map(([, block = ""]) =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])),
);

/** As WCAG 2 defines it. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const texts = ["text", "soft", "link", "good", "bad", "warn", "busy"] as const;

test.each([
  ["light", 0],
  ["dark", 1],
] as const)("texts are read on their grounds, %s", (_, index) => {
  const colours = blocks[index] as Readonly<Record<string, string>>;
  for (const text of texts)
    for (const ground of ["ground", "raised"]) {
      const found = contrast(colours[text] as string, colours[ground] as string);
      expect(found, `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
});
