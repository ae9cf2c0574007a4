import fc from "fast-check";
import { expect, test } from "vitest";
import { Html, html } from "./html.ts";
import { sourceHash } from "./source-hash.ts";

test("what is put into HTML is text, inside of attributes as well", () => {
  const property = fc.property(fc.string({ unit: "binary" }), (text) => {
    const { text: made } = html`<p title="${text}">${[text]}</p>`;
    const [, attribute = "<", content = "<"] = /^<p title="([^"]*)">([^<]*)<\/p>$/.exec(made) ?? [];
    expect(`${attribute}${content}`).not.toMatch(/[<>"'`]/);
    expect(attribute).toBe(content);
  });
  fc.assert(property, { numRuns: 2000 });
});

test("what hides or turns a text around is written out, and lines stay", () => {
  expect(html`${"a\u202eb\u0000\u001b[31m\n\tc\uffff"}`.text).toBe("a\\u202eb\\u0000\\u001b[31m\n\tc\\uffff");
});

test("HTML is put in as it is, and nothing for what is not there", () => {
  expect(html`${html`<b>${1}</b>`}${undefined}${[new Html("<i></i>"), "&"]}`.text).toBe("<b>1</b><i></i>&amp;");
});

test("a style is named by its hash as browsers compute it", () => {
  expect(sourceHash("")).toBe("'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='");
});
