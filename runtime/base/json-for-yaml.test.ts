import fc from "fast-check";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { escapeForYaml, jsonForYaml } from "./json-for-yaml.ts";

const strange = ["\u007F", "\u0080", "\u0085", "\u009F", "\u2028", "\u2029", "\uFEFF", "\uFFFE", "\uFFFF"];

it.each(strange)("writes %j by its number, in keys and in texts", (character) => {
  const value = { [`a ${character} b`]: `c ${character} d` };
  const text = jsonForYaml(value);
  expect(text).not.toContain(character);
  expect(JSON.parse(text)).toEqual(value);
});

it("keeps the value of whatever JSON holds, for readers of JSON and of YAML", () => {
  const any = fc.jsonValue({ stringUnit: "binary" });
  fc.assert(
    fc.property(any, (value) => {
      const plain = JSON.stringify(value);
      expect(JSON.parse(jsonForYaml(value))).toEqual(JSON.parse(plain));
      expect(JSON.parse(escapeForYaml(plain))).toEqual(JSON.parse(plain));
    }),
  );
  const texts = fc.string({ unit: fc.constantFrom(...strange, " ", "\n", "\t", "\\", '"', "ä", "😀", "\u0001") });
  fc.assert(
    fc.property(texts, (text) => {
      expect(parse(jsonForYaml([text]))).toEqual([text]);
    }),
  );
});

it("has U+FFFD for half of a character, which no UTF-8 has, and leaves a text that looks like one", () => {
  expect(JSON.parse(jsonForYaml({ "a\uD800": ["\uDC00b", "\\ud800", "😀"] }))).toEqual({
    "a\uFFFD": ["\uFFFDb", "\\ud800", "😀"],
  });
});
