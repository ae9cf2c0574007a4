import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { BoundedCache } from "./bounded-cache.ts";

describe("BoundedCache", () => {
  it("keeps a value until its time", async () => {
    const clock = new FakeClock(0);
    const cache = new BoundedCache<string>({ clock, capacity: 2 });
    cache.set("a", "x", 10);
    await clock.advance(9);
    expect(cache.get("a")).toBe("x");
    await clock.advance(1);
    expect(cache.get("a")).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it("gives up what was unused for longest", async () => {
    const clock = new FakeClock(0);
    const cache = new BoundedCache<number>({ clock, capacity: 2 });
    cache.set("a", 1, 10_000);
    cache.set("b", 2, 10_000);
    await clock.advance(1000);
    cache.get("a");
    cache.set("c", 3, 10_000);
    expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([1, undefined, 3]);
  });

  it("never holds more than its capacity, never gives what is over, and is an LRU of live entries, to a second", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const step = fc.oneof(
      fc.record({ do: fc.constant("set" as const), key, life: fc.integer({ min: -2, max: 5000 }) }),
      fc.record({ do: fc.constant("get" as const), key }),
      fc.record({ do: fc.constant("delete" as const), key }),
      fc.record({ do: fc.constant("wait" as const), time: fc.integer({ min: 0, max: 2000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, capacity) => {
        let now = 0;
        const cache = new BoundedCache<number>({ clock: { now: () => now, after: () => () => {} }, capacity });
        const model: { key: string; value: number; until: number; movedAt: number }[] = [];
        const drop = (name: string) => {
          const index = model.findIndex((entry) => entry.key === name);
          return index < 0 ? undefined : model.splice(index, 1)[0];
        };
        for (const [value, one] of steps.entries()) {
          if (one.do === "wait") now += one.time;
          if (one.do === "delete") {
            cache.delete(one.key);
            drop(one.key);
          }
          if (one.do === "set") {
            cache.set(one.key, value, now + one.life);
            drop(one.key);
            if (one.life > 0) {
              if (model.length >= capacity) model.shift();
              model.push({ key: one.key, value, until: now + one.life, movedAt: now });
            }
          }
          if (one.do === "get") {
            const entry = model.find(({ key }) => key === one.key);
            const live = entry !== undefined && entry.until > now ? entry : undefined;
            if (live === undefined) drop(one.key);
            else if (now - live.movedAt >= 1000) model.push({ ...live, movedAt: now, ...(drop(one.key) && {}) });
            expect(cache.get(one.key)).toBe(live?.value);
          }
          expect(cache.size).toBe(model.length);
          expect(cache.size).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });
});
