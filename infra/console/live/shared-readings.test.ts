import { expect, it } from "vitest";
import { sharedReadings } from "./shared-readings.ts";
import type { World } from "./world.ts";

/** A world that tells how often it was asked, and fails when told to. */
function counted() {
  const asked: Record<string, number> = {};
  const state = { now: 1_000, fails: false };
  const read = (what: string) => async () => {
    asked[what] = (asked[what] ?? 0) + 1;
    if (state.fails) throw new Error(`no ${what}`);
    return [`${what} ${asked[what]}`];
  };
  const all = ["namespaces", "installations", "trust", "permissions"].map((what) => [what, read(what)]);
  const world = { ...Object.fromEntries(all), now: () => state.now } as unknown as World;
  return { asked, state, world: sharedReadings(world) };
}

const kinds = ["namespaces", "installations", "trust", "permissions"] as const;

it.each(kinds)("%s are read once for pages that ask at the same time, and shortly after", async (kind) => {
  const { asked, state, world } = counted();
  const first = await Promise.all(Array.from({ length: 24 }, () => world[kind]()));
  state.now += 1_000;
  expect(await world[kind]()).toBe(first[0]);
  expect(asked).toEqual({ [kind]: 1 });
  state.now += 30_000;
  expect(await world[kind]()).toEqual([`${kind} 2`]);
});

it("what failed is asked for again", async () => {
  const { asked, state, world } = counted();
  state.fails = true;
  await expect(world.installations()).rejects.toThrow("no installations");
  state.fails = false;
  expect(await world.installations()).toEqual(["installations 2"]);
  expect(asked).toEqual({ installations: 2 });
});
