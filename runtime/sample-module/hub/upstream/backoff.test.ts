import { expect, it } from "vitest";
import { createBackoff } from "./backoff.ts";

it("waits twice as long with each failure, up to a limit, and begins anew after a success", () => {
  const backoff = createBackoff(() => 1);
  expect([...Array(7)].map(() => backoff.next(30_000))).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect(backoff.next(60_000)).toBe(60_000);
  backoff.reset();
  expect(backoff.next(30_000)).toBe(1000);
});

it("leaves half of each wait to chance", () => {
  expect(createBackoff(() => 0).next(30_000)).toBe(500);
  expect(createBackoff(() => 0.5).next(30_000)).toBe(750);
});
