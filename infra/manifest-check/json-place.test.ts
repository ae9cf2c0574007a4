import { describe, expect, it } from "vitest";
import { findJsonProblem } from "./json-place.ts";

describe("findJsonProblem", () => {
  it.each([
    ['{\n  "a": 1,\n}', 3, 1, "a property name in double quotes is missing, or a comma is left over"],
    ["[1, 2,]", 1, 7, "a value is missing, or a comma is left over"],
    ['{"a" 1}', 1, 6, "a colon is missing"],
    ['{"a": 1 "b": 2}', 1, 9, "a comma is missing"],
    ['{"a": 1', 1, 8, "a closing brace is missing"],
    ["[1", 1, 3, "a closing bracket is missing"],
    ['{"a": 1} x', 1, 10, "a word is no JSON value"],
    ['{\n // why\n "a": 1}', 2, 2, "JSON has no comments"],
    ['{"a": "b', 1, 7, "a text has no end"],
    ['{"a": nul}', 1, 7, "a word is no JSON value"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a template
    ['{"a": ${TTL}}', 1, 7, "a placeholder stands outside of double quotes"],
    ['{"a": <your options>}', 1, 7, "a placeholder stands outside of double quotes"],
    ["<<<<<<< HEAD", 1, 1, "a word is no JSON value"],
  ])("of %j is at line %i, column %i", (text, line, column, problem) => {
    expect(findJsonProblem(text)).toEqual({ line, column, problem });
  });

  it("of JSON there is none", () => expect(findJsonProblem('{"a": [1, null, "x"]}')).toBeUndefined());

  it("is the beginning where lists are deeper in one another than the parser goes", () => {
    expect(findJsonProblem("[".repeat(200_000))).toMatchObject({ line: 1, column: 1 });
  });
});
