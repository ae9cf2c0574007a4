import { describe, expect, it } from "vitest";
import { isNestedDeeper, parseJson } from "./json.ts";

describe("parseJson", () => {
  it.each(['{"a":[1]}', "null", '"text"', '{"__proto__":{"a":1}}'])("reads %s", (text) =>
    expect(JSON.stringify(parseJson(text))).toBe(text),
  );

  it.each([undefined, "", "{", "hello"])("has no value for %j", (text) => expect(parseJson(text)).toBeUndefined());

  it("looks at nothing beyond its limits", () => {
    expect(parseJson("[1]", { maxLength: 3, maxDepth: 1 })).toEqual([1]);
    expect(parseJson("[1] ", { maxLength: 3 })).toBeUndefined();
    expect(parseJson("[[1]]", { maxDepth: 1 })).toBeUndefined();
  });
});

it("counts levels without a stack that could overflow", () => {
  const deep = JSON.parse(`${"[".repeat(5000)}1${"]".repeat(5000)}`);
  expect(isNestedDeeper(deep, 4999)).toBe(true);
  expect(isNestedDeeper(deep, 5000)).toBe(false);
});
