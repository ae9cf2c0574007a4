import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyInfo, keyLabels } from "./key-labels.ts";

describe("labels of keys", () => {
  const labels = Object.values(keyLabels);

  it("are unlike each other and all in docs/keys.md, which has no others", () => {
    const page = readFileSync(new URL("../../../docs/keys.md", import.meta.url), "utf8");
    const documented = [...page.matchAll(/`(iotedge\/[^`]+)`/g)].map(([, label]) => label);
    expect(new Set(labels).size).toBe(labels.length);
    expect([...documented].sort()).toEqual([...labels].sort());
  });
});

describe("keyInfo", () => {
  const parts = fc.array(
    fc.uint8Array({ maxLength: 6 }).map((value) => Buffer.from(value)),
    { maxLength: 4 },
  );
  const text = (list: readonly Buffer[]) => JSON.stringify(list.map((part) => part.toString("hex")));

  it("is another one for every other list of parts", () => {
    fc.assert(
      fc.property(parts, parts, fc.constantFrom("a", "b"), fc.constantFrom("a", "b"), (one, other, a, b) => {
        const same = a === b && text(one) === text(other);
        expect(keyInfo(a, one).equals(keyInfo(b, other))).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });

  it("is another one for the same bytes that are cut elsewhere, or that look like a length", () => {
    const whole = Buffer.from("\0\0\0\x01a\0\0\0\x02bc", "latin1");
    const cuts = Array.from({ length: whole.length + 1 }, (_, at) =>
      keyInfo("label", [whole.subarray(0, at), whole.subarray(at)]).toString("hex"),
    );
    const others = [keyInfo("label", [whole]), keyInfo("label", []), keyInfo("label", [Buffer.from("a")])];
    expect(new Set([...cuts, ...others.map((info) => info.toString("hex"))]).size).toBe(cuts.length + others.length);
  });
});
