import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { judgeEvent, keepEvents, openEventStore, type TakenEvent } from "./event-store.ts";
import type { FluxEvent } from "./flux-event.ts";

const event = (at: number, message = "m"): FluxEvent => ({
  object: "Kustomization flux-system/iotedge",
  severity: "info",
  reason: "ReconciliationSucceeded",
  ...{ at, message },
});
const bodyOf = (of: FluxEvent) => Buffer.from(JSON.stringify(of));
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-events-"));
});
afterEach(() => rm(directory, { recursive: true }));

describe("the store of events", () => {
  const take = (store: ReturnType<typeof openEventStore>, of: FluxEvent, now = 10_000_000) =>
    store.take("alpha", of, bodyOf(of), now);

  it("keeps them over a restart, and drops what comes again or late", async () => {
    const store = openEventStore(directory);
    expect(await take(store, event(1000))).toBe("taken");
    const again = openEventStore(directory);
    expect(await take(again, event(1000))).toBe("again");
    expect(await take(again, event(1000, "another of that second"))).toBe("taken");
    expect(await take(again, event(999))).toBe("late");
    expect(await take(again, event(2000))).toBe("taken");
    expect(await take(again, event(1000))).toBe("late");
    expect((await again.read("alpha")).map(({ seq, at }) => [seq, at])).toEqual([
      [1, 1000],
      [2, 1000],
      [3, 2000],
    ]);
    expect(await again.read("beta")).toEqual([]);
  });

  it("believes no clock that is far ahead: all that follows would look late", async () => {
    const store = openEventStore(directory);
    expect(await take(store, event(20_000_000))).toBe("future");
    expect(await take(store, event(9_000_000))).toBe("taken");
  });

  it("loses none of those that come at the same time", async () => {
    const store = openEventStore(directory);
    const all = Array.from({ length: 20 }, (_, index) => event(1000, String(index)));
    expect(await Promise.all(all.map((one) => take(store, one)))).toEqual(all.map(() => "taken"));
    expect((await store.read("alpha")).map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(await readdir(directory)).toEqual(["alpha.json"]);
  });

  it("is not taken for an empty one where it is damaged", async () => {
    const store = openEventStore(directory);
    await take(store, event(1000));
    const file = join(directory, "alpha.json");
    await writeFile(file, (await readFile(file, "utf8")).slice(0, -3));
    await expect(store.read("alpha")).rejects.toMatchObject({ code: "EDGE_ROLLOUT_EVENTS" });
    await expect(take(store, event(2000))).rejects.toMatchObject({ code: "EDGE_ROLLOUT_EVENTS" });
  });

  it("takes no event twice, and never goes back in time, whatever comes in which order", () => {
    const arrivals = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 8 }), message: fc.constantFrom("a", "b", "c") }),
      {
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(arrivals, (list) => {
        let kept: readonly TakenEvent[] = [];
        const taken: string[] = [];
        for (const { at, message } of list) {
          const sum = `${at}/${message}`;
          if (judgeEvent(kept, event(at, message), sum) !== "taken") continue;
          taken.push(sum);
          kept = keepEvents([...kept, { ...event(at, message), seq: taken.length, receivedAt: 0, sum }]);
        }
        expect(new Set(taken).size).toBe(taken.length);
        const times = taken.map((sum) => Number(sum.split("/")[0]));
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }),
    );
  });

  it("holds a bounded number of one second, so that none of them is forgotten and comes again", () => {
    let kept: readonly TakenEvent[] = [];
    const verdicts = Array.from({ length: 100 }, (_, index) => {
      const verdict = judgeEvent(kept, event(5, String(index)), String(index));
      if (verdict === "taken") {
        kept = keepEvents([...kept, { ...event(5), seq: index + 1, receivedAt: 0, sum: String(index) }]);
      }
      return verdict;
    });
    expect(new Set(verdicts.slice(32))).toEqual(new Set(["crowded"]));
    expect(judgeEvent(kept, event(5), "0")).toBe("again");
  });
});
