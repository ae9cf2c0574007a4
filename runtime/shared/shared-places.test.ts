import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlaceHolder, SharedPlaces } from "./shared-places.ts";

interface Named extends PlaceHolder {
  readonly name: string;
}

const ended: string[] = [];
const always = () => true;

function holder(group: string, name = group): Named {
  return { group, name, end: () => void ended.push(name) };
}

function shared(mayEnd: (holder: Named, next: Named) => boolean, ...holders: readonly Named[]): SharedPlaces<Named> {
  ended.length = 0;
  const places = new SharedPlaces<Named>({ most: 4, mostOfGroup: 3 }, mayEnd);
  for (const one of holders) expect(places.take(one)).toBe(true);
  return places;
}

describe("shared places", () => {
  it("go to nobody of a group that has its share, unless one of its own may end", () => {
    const three = [holder("a", "1"), holder("a", "2"), holder("a", "3")];
    expect(shared(() => false, ...three).take(holder("a", "4"))).toBe(false);
    const places = shared(({ name }) => name === "2", ...three);
    expect(places.take(holder("a", "4"))).toBe(true);
    expect(ended).toEqual(["2"]);
    expect(places.size).toBe(3);
  });

  it("go, when all are taken, from the group that has most to the next one, the first one first", () => {
    const places = shared(always, holder("b"), holder("a", "1"), holder("a", "2"), holder("a", "3"));
    expect(places.take(holder("c"))).toBe(true);
    expect(ended).toEqual(["1"]);
    expect(["a", "b", "c"].map((group) => places.countOf(group))).toEqual([2, 1, 1]);
  });

  it("stay with groups that have fewer than the next one's", () => {
    const places = shared(always, holder("a", "1"), holder("a", "2"), holder("b"), holder("c"));
    expect(places.take(holder("a", "3"))).toBe(true);
    expect(ended).toEqual(["1"]);
  });

  it("are free again once they are given back, and giving back twice does nothing", () => {
    const [a, ...others] = [holder("a"), holder("b"), holder("c"), holder("d")];
    const places = shared(() => false, a as Named, ...others);
    expect(places.take(holder("e"))).toBe(false);
    places.giveBack(a as Named);
    places.giveBack(a as Named);
    expect(places.size).toBe(3);
    expect(places.take(holder("e"))).toBe(true);
  });

  it("are never more than the bounds, and a group without a place gets one while another has two that may end", () => {
    const step = fc.record({ group: fc.constantFrom("a", "b", "c", "d", "e"), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const present = new Set<Named>();
        const places = new SharedPlaces<Named>({ most: 4, mostOfGroup: 3 }, always);
        for (const [index, { group, leaves }] of steps.entries()) {
          const own = [...present].find((one) => one.group === group);
          if (leaves && own !== undefined) {
            places.giveBack(own);
            present.delete(own);
            continue;
          }
          const one: Named = { group, name: String(index), end: () => void present.delete(one) };
          expect(places.take(one)).toBe(true);
          present.add(one);
          expect(places.size).toBe(present.size);
          expect(places.size).toBeLessThanOrEqual(4);
          expect(places.countOf(group)).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});
