import fc from "fast-check";
import { expect, it } from "vitest";
import type { JsonObject } from "#base";
import { applyMergePatch as judge } from "../../../test/iot-hub/twin/merge-patch.ts";
import { applyMergePatch, mergePatchBetween } from "./merge-patch.ts";

/** Few keys, so that documents have some in common; `__proto__` is one that JSON has. */
const keys = fc.constantFrom("a", "b", "c", "modules", "__proto__");
const leaves = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.oneof(fc.integer(), fc.constant(null))));

function documents(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<JsonObject> {
  const { tree } = fc.letrec((tie) => ({
    tree: fc
      .array(fc.tuple(keys, fc.oneof({ maxDepth: 3 }, leaf, tie("tree"))), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  }));
  return tree as fc.Arbitrary<JsonObject>;
}
const document = documents(leaves);
const patch = documents(fc.oneof(leaves, fc.constant(null)));

it("the difference of two documents makes the one of the other", () => {
  fc.assert(
    fc.property(document, document, (from, to) => {
      expect(applyMergePatch(from, mergePatchBetween(from, to))).toEqual(to);
    }),
  );
});

it("a document does not differ from itself", () => {
  fc.assert(
    fc.property(document, (one) => {
      expect(mergePatchBetween(one, structuredClone(one))).toEqual({});
    }),
  );
});

it("a patch is applied as the hub applies it, and what was given stays as it was", () => {
  const plain = (value: JsonObject) => !JSON.stringify(value).includes("__proto__");
  fc.assert(
    fc.property(document.filter(plain), patch.filter(plain), (target, change) => {
      const before = structuredClone(target);
      expect(applyMergePatch(target, change)).toEqual(judge(target, change));
      expect(target).toEqual(before);
    }),
  );
});

it("a patch that is applied twice changes nothing more", () => {
  fc.assert(
    fc.property(document, patch, (target, change) => {
      const once = applyMergePatch(target, change);
      expect(applyMergePatch(once, change)).toEqual(once);
    }),
  );
});
