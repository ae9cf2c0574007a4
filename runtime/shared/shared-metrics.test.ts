import { expect, it } from "vitest";
import { FakeClock, settle } from "../../test/fakes/clock.ts";
import { shareMetrics } from "./shared-metrics.ts";

it("collects metrics once for all who ask, as they are after they have asked, and rests in between", async () => {
  const clock = new FakeClock();
  let collected = 0;
  const metrics = shareMetrics(
    {
      metrics: async () => {
        collected++;
        const text = `collection ${collected}`;
        await clock.advance(10);
        return text;
      },
    },
    clock,
  );
  expect(await Promise.all([metrics(), metrics(), metrics()])).toEqual([
    "collection 1",
    "collection 1",
    "collection 1",
  ]);
  const later = Promise.all([metrics(), metrics()]);
  await clock.advance(190);
  expect(collected).toBe(1);
  await clock.advance(20);
  expect(await later).toEqual(["collection 2", "collection 2"]);
});

it("collects again after it has failed", async () => {
  let fails = true;
  const metrics = shareMetrics(
    { metrics: async () => (fails ? Promise.reject(new Error("broken")) : "whole") },
    new FakeClock(),
  );
  await expect(metrics()).rejects.toThrow("broken");
  fails = false;
  await settle();
  expect(await metrics()).toBe("whole");
});
