import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { edgeAgentRules, iotedgedRules } from "../../runtime/contract/permissions.ts";
import { architecture, ruleText } from "./architecture.ts";
import { svgOf, wrap } from "./drawing.ts";
import { keys } from "./keys.ts";

const page = readFileSync(new URL("../concepts.md", import.meta.url), "utf8");

describe.each(Object.entries({ architecture, keys }))("the picture of %s", (name, picture) => {
  it("explains each of its arrows on the page, and no others", () => {
    const section = page.slice(page.indexOf(`(images/${name}.svg)`)).split("\n## ")[0] ?? "";
    const explained = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
    expect(explained).toEqual(picture.arrows.map(({ number }) => number).sort((one, other) => one - other));
  });

  it("has text that is text, a title, a description, and colours for dark pages", () => {
    const svg = svgOf(picture);
    expect(svg).toMatch(
      /aria-labelledby="title description">\n<title id="title">[^<]+<\/title>\n<desc id="description">[^<]+</,
    );
    expect(svg).toContain("@media (prefers-color-scheme: dark)");
    for (const { title } of picture.boxes) expect(svg).toContain(`>${title.replaceAll('"', "&quot;")}</text>`);
    expect(svg).not.toMatch(/href|<image|<foreignObject|<script/);
  });

  it("has boxes within boundaries, none over another", () => {
    const { boxes, boundaries } = picture;
    for (const { x, y, width, height } of boxes) {
      const around = boundaries.filter(
        (one) => one.x < x && one.y < y && one.x + one.width > x + width && one.y + one.height > y + height,
      );
      expect(around).not.toEqual([]);
      const over = boxes.filter(
        (one) => one.x < x + width && x < one.x + one.width && one.y < y + height && y < one.y + one.height,
      );
      expect(over).toHaveLength(1);
    }
  });
});

describe("pictures", () => {
  it("say which rights are granted", () => {
    const svg = svgOf(architecture).replace(/<\/text><text[^>]*>\u2003/g, " ");
    for (const rule of [...iotedgedRules, ...edgeAgentRules]) expect(svg).toContain(`>${ruleText(rule)}</text>`);
  });

  it("are refused where a text has no room", () => {
    const [box] = keys.boxes;
    if (box === undefined) throw new Error("no box");
    expect(() => svgOf({ ...keys, boxes: [{ ...box, lines: Array(20).fill("a line") }] })).toThrow("box root CA holds");
    expect(wrap("one two three", 70)).toEqual(["one two", "\u2003three"]);
  });
});
