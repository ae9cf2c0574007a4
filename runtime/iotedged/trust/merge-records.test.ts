import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TrustRecord } from "#contract";
import { maxLeaves, mergeRecords } from "./merge-records.ts";
import { parseRecord, recordText } from "./record-store.ts";

const digits = (length: number) => fc.constantFrom("0", "1", "a").map((digit) => digit.repeat(length));
const at = fc.integer({ min: 0, max: 5 });
const sighting = fc.record({ hash: digits(64), at });
const root = fc.oneof(digits(16), fc.constant(""));
const leaf = fc.record({
  kind: fc.constantFrom("identity" as const, "server" as const),
  name: digits(8),
  ca: digits(16),
  root,
  notAfter: fc.integer({ min: 0, max: 100 }),
  at,
});
const pod = fc
  .record({ bundle: fc.option(sighting), fetched: fc.option(sighting), leaves: fc.array(leaf, { maxLength: 4 }) })
  .map(({ bundle, fetched, leaves }) => ({
    name: "pod",
    module: "sensor",
    ...(bundle && { bundle }),
    ...(fetched && { fetched }),
    leaves,
  }));
const replica = fc.record({ bundle: digits(64), ca: digits(16), root, caNotAfter: at, at });
const uid = fc.constantFrom("u1", "u2", "u3");
const record: fc.Arbitrary<TrustRecord> = fc.record({
  pods: fc.dictionary(uid, pod, { noNullPrototype: true }),
  replicas: fc.dictionary(uid, replica, { noNullPrototype: true }),
});
const none: TrustRecord = { pods: {}, replicas: {} };
const settled = (one: TrustRecord) => mergeRecords(one, one);

describe("mergeRecords", () => {
  it("ends with one record, whoever merges what first and how often", () => {
    fc.assert(
      fc.property(record, record, record, (one, other, third) => {
        const [a, b, c] = [settled(one), settled(other), settled(third)];
        const text = (...parts: readonly TrustRecord[]) => recordText(parts.reduce(mergeRecords));
        expect(text(b, a)).toBe(text(a, b));
        expect(text(a, mergeRecords(b, c))).toBe(text(mergeRecords(a, b), c));
        expect(text(a, a)).toBe(text(a));
        expect(text(a, none)).toBe(text(a));
      }),
    );
  });

  it("keeps of a pod no more certificates than the record may have, those that end last", () => {
    const leaves = Array.from({ length: maxLeaves + 4 }, (_, index) => ({
      kind: "server" as const,
      name: String(10_000_000 + index),
      ca: "",
      root: "",
      notAfter: index,
      at: 0,
    }));
    const pods = { u: { name: "p", module: "m", leaves } };
    const kept = mergeRecords({ pods, replicas: {} }, { pods, replicas: {} }).pods.u?.leaves ?? [];
    expect(kept.map(({ notAfter }) => notAfter)).toEqual(leaves.slice(4).map(({ notAfter }) => notAfter));
  });
});

describe("a record whose keys are names that every object has", () => {
  it.each(["toString", "constructor", "__proto__"])("such as %s is merged like any other", (key) => {
    const entry = { name: "p", module: "m", leaves: [] };
    const spoilt = parseRecord(`{"pods":{"${key}":${JSON.stringify(entry)}},"replicas":{}}`);
    expect(Object.entries(mergeRecords(none, spoilt).pods)).toEqual([[key, entry]]);
    expect(Object.entries(mergeRecords(spoilt, none).pods)).toEqual([[key, entry]]);
  });
});

describe("parseRecord", () => {
  it("reads what was written", () => {
    fc.assert(
      fc.property(record, (one) => {
        expect(recordText(parseRecord(recordText(one)))).toBe(recordText(one));
      }),
    );
  });

  it("takes whatever else it finds for nothing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const read = parseRecord(text);
        expect(Object.keys(read).sort()).toEqual(["pods", "replicas"]);
      }),
    );
    const spoilt = { pods: { u: { name: "p", module: "m", leaves: [], bundle: { hash: "no", at: 1 } } }, replicas: {} };
    expect(parseRecord(JSON.stringify(spoilt))).toEqual(none);
  });
});
