import { beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { createContest } from "./contest.ts";

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

/** Is let in and cut off after each of these seconds. @returns how long it waits after each; undefined: as after any failure */
async function waitsAfter(lives: readonly number[], random: number): Promise<readonly (number | undefined)[]> {
  const contest = createContest({ clock, random: () => random });
  const waits: (number | undefined)[] = [];
  for (const life of lives) {
    contest.connected();
    await clock.advance(life * 1000);
    contest.cutOff("hub.test", "d1/m1");
    waits.push(contest.wait());
  }
  return waits;
}

it.each([
  [0, [20_000, 40_000, 80_000, 160_000, 320_000, 450_000, 450_000]],
  [1, [40_000, 80_000, 160_000, 320_000, 640_000, 900_000, 900_000]],
])(
  "the third time in a row it waits for less than a minute, and then ever longer: with chance %d",
  async (random, waits) => {
    expect(await waitsAfter(Array(9).fill(1), random)).toEqual([undefined, undefined, ...waits]);
  },
);

it("counts anew after a connection that has lasted", async () => {
  const waits = await waitsAfter([1, 1, 120, 1, 1, 1], 1);
  expect(waits).toEqual([undefined, undefined, undefined, undefined, undefined, 40_000]);
});
