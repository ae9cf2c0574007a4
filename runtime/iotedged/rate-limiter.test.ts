import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../test/fakes/clock.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limiter.ts";

let clock: FakeClock;
let limiter: RateLimiter;

beforeEach(() => {
  clock = new FakeClock();
  limiter = createRateLimiter({ clock, burst: 3, perSecond: 2 });
});

describe("a rate limiter", () => {
  it("lets a burst through, and then says when the next turn comes", async () => {
    expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
    expect(limiter.take("a")).toBe(500);
    await clock.advance(200);
    expect(limiter.take("a")).toBe(300);
    await clock.advance(300);
    expect(limiter.take("a")).toBe(0);
    expect(limiter.take("a")).toBe(500);
  });

  it("fills a bucket up, and no further", async () => {
    for (let index = 0; index < 3; index++) limiter.take("a");
    await clock.advance(3_600_000);
    expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
    expect(limiter.take("a")).toBeGreaterThan(0);
  });

  it("gives back a turn that was taken, and no more than the bucket holds", async () => {
    expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
    limiter.giveBack("a");
    expect([limiter.take("a"), limiter.take("a")]).toEqual([0, 500]);
    for (let index = 0; index < 9; index++) limiter.giveBack("a");
    expect([1, 2, 3].map(() => limiter.take("a"))).toEqual([0, 0, 0]);
    expect(limiter.take("a")).toBe(500);
    limiter.giveBack("nobody");
    expect([1, 2, 3, 4].map(() => limiter.take("nobody"))).toEqual([0, 0, 0, 500]);
  });

  it("gives every key its own bucket", () => {
    for (let index = 0; index < 9; index++) limiter.take("a");
    expect(limiter.take("b")).toBe(0);
  });

  it("never gives more than the burst and what came back since", async () => {
    const waits = fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        waits,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (list, burst, perSecond) => {
          const own = new FakeClock();
          const start = own.now();
          const fresh = createRateLimiter({ clock: own, burst, perSecond });
          let taken = 0;
          for (const wait of list) {
            await own.advance(wait);
            while (fresh.take("a") === 0) taken++;
            expect(taken).toBeLessThanOrEqual(burst + ((own.now() - start) / 1000) * perSecond + 1e-6);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});
