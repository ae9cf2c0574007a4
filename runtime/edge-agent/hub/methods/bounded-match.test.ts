import { expect, it } from "vitest";
import { boundedMatching } from "./bounded-match.ts";

it("has one time for all matching of a request", () => {
  let time = 0;
  const matching = boundedMatching(() => {
    time += 100;
    return time;
  });
  const match = () => matching("^a", ["ab", "ba"]);
  for (let call = 0; call < 4; call++) expect(match()).toEqual(["ab"]);
  expect(match).toThrow("take too long");
  expect(match).toThrow("take too long");
});

it("ends an expression that does not end by itself", () => {
  expect(() => boundedMatching()("(a+)+$", [`${"a".repeat(64)}b`])).toThrow("take too long");
});
