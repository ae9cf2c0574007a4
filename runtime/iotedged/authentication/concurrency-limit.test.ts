import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { ConcurrencyLimit, OverloadedError } from "./concurrency-limit.ts";

const patience = 1000;

function setUp(maxRunning: number, maxWaiting: number) {
  const clock = new FakeClock(0);
  const limit = new ConcurrencyLimit({ clock, maxRunning, maxWaiting, patience });
  const finish = new Map<number, () => void>();
  const outcomes = new Map<number, string>();
  const start = (id: number) => {
    const task = () => new Promise<void>((resolve) => finish.set(id, resolve));
    limit.run(task).then(
      () => outcomes.set(id, "done"),
      (error: unknown) => outcomes.set(id, error instanceof OverloadedError ? "overloaded" : "failed"),
    );
  };
  return { clock, limit, start, finish, outcomes };
}

describe("ConcurrencyLimit", () => {
  it("runs up to its limit, lets others wait in order, turns the rest away", async () => {
    const { limit, start, finish, outcomes } = setUp(1, 2);
    for (const id of [1, 2, 3, 4]) start(id);
    await settle();
    expect([...finish.keys()]).toEqual([1]);
    expect(outcomes.get(4)).toBe("overloaded");
    finish.get(1)?.();
    await settle();
    expect([...finish.keys()]).toEqual([1, 2]);
    finish.get(2)?.();
    await settle();
    finish.get(3)?.();
    await settle();
    expect(outcomes).toEqual(
      new Map([
        [4, "overloaded"],
        [1, "done"],
        [2, "done"],
        [3, "done"],
      ]),
    );
    expect(limit.running).toBe(0);
  });

  it("turns away who waited too long, and gives the place to the next", async () => {
    const { clock, start, finish, outcomes } = setUp(1, 5);
    start(1);
    start(2);
    await clock.advance(patience - 1);
    start(3);
    await clock.advance(1);
    expect(outcomes.get(2)).toBe("overloaded");
    finish.get(1)?.();
    await settle();
    expect([...finish.keys()]).toEqual([1, 3]);
    expect(clock.pending).toBe(0);
  });

  it("frees the place of a task that fails", async () => {
    const { limit } = setUp(1, 0);
    await expect(limit.run(() => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    expect(await limit.run(async () => "next")).toBe("next");
  });

  it("never runs more than the limit, and settles everybody", async () => {
    const sizes = fc.record({
      tasks: fc.integer({ min: 0, max: 20 }),
      maxRunning: fc.integer({ min: 1, max: 4 }),
      maxWaiting: fc.integer({ min: 0, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, async ({ tasks, maxRunning, maxWaiting }) => {
        const { limit, start, finish, outcomes } = setUp(maxRunning, maxWaiting);
        for (let id = 0; id < tasks; id++) start(id);
        await settle();
        for (let done = 0; done < tasks; done++) {
          expect(limit.running).toBeLessThanOrEqual(maxRunning);
          finish.get(done)?.();
          await settle();
        }
        const overloaded = [...outcomes.values()].filter((outcome) => outcome === "overloaded").length;
        expect(outcomes.size).toBe(tasks);
        expect(overloaded).toBe(Math.max(0, tasks - maxRunning - maxWaiting));
        expect(limit.running).toBe(0);
      }),
      { numRuns: 30 },
    );
  });
});
