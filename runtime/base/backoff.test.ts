import { expect, it } from "vitest";
import { createBackoff } from "./backoff.ts";

it("doubles the longest pause up to the cap, and starts over after a success", () => {
  const backoff = createBackoff({ random: () => 0.5, base: 100, cap: 350 });
  expect([backoff.next(), backoff.next(), backoff.next(), backoff.next()]).toEqual([50, 100, 175, 175]);
  backoff.reset();
  expect(backoff.next()).toBe(50);
});

it("waits so long at least", () => {
  const [shortest, longest] = [0, 0.999].map((value) => createBackoff({ random: () => value, base: 1000, least: 400 }));
  expect([shortest?.next(), longest?.next()]).toEqual([400, 999]);
});

it("spreads pauses over the whole range, so that clients do not come back together", () => {
  const values = [0, 0.25, 0.999].map((value) => createBackoff({ random: () => value, base: 1000 }).next());
  expect(values).toEqual([0, 250, 999]);
});
