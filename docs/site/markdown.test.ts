import { describe, expect, it } from "vitest";
import { anchorsOf, blocksOf, linksOf, mapLinks, slug } from "./markdown.ts";

const page = [
  "# A `page` of [links](a.md)",
  "",
  "See [one](b.md#two), `[none](c.md)` and ![a picture](images/d.svg).",
  "",
  "## Two",
  "- an item:",
  "  ```json",
  '  {"a": "[none](e.md)"}',
  "  ```",
  "## Two",
].join("\n");

describe("Markdown", () => {
  it("has links in prose alone", () => {
    expect(linksOf(page).map(({ target }) => target)).toEqual(["a.md", "b.md#two", "images/d.svg"]);
  });

  it("is changed in its links alone", () => {
    const changed = mapLinks(page, ({ target }) => (target === "b.md#two" ? "one" : undefined));
    expect(changed).toBe(page.replace("[one](b.md#two)", "one"));
  });

  it("gives blocks with their language, line and without their indent", () => {
    expect(blocksOf(page)).toEqual([{ language: "json", text: '{"a": "[none](e.md)"}', line: 8 }]);
    expect(() => blocksOf("a\n```sh\nb")).toThrow("the block of line 2 has no end");
  });

  it("names headings as GitHub does, also those that stand twice", () => {
    expect([...anchorsOf(page)]).toEqual(["a-page-of-links", "two", "two-1"]);
    expect(slug("Workload API (port 35001), `x_y`")).toBe("workload-api-port-35001-x_y");
  });
});
