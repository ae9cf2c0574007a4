import fc from "fast-check";
import { expect, it } from "vitest";
import { difference, type JsonObject, merged } from "./merge-patch.ts";

it.each<[JsonObject, JsonObject, JsonObject | undefined]>([
  [{ a: 1, b: { c: 1, d: 2 } }, { a: 1, b: { c: 1 } }, { b: { d: null } }],
  [{ a: { b: 1 } }, { a: 2 }, { a: 2 }],
  [{ a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
  [{ a: [1, 2] }, { a: [1, 2] }, undefined],
  [{}, {}, undefined],
])("the difference of %j and %j is %j", (before, after, patch) => expect(difference(before, after)).toEqual(patch));

it("a difference, merged, gives what is there now", () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()));
  const object = fc.letrec<{ object: JsonObject }>((tie) => ({
    object: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), fc.oneof(leaf, tie("object"))),
  })).object;
  fc.assert(
    fc.property(object, object, (before, after) => {
      const patch = difference(before, after) ?? {};
      expect(JSON.parse(JSON.stringify(merged(before, patch)))).toEqual(JSON.parse(JSON.stringify(after)));
    }),
  );
});
