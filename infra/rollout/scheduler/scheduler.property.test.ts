import { describe, expect, it } from "vitest";
import { Scheduler } from "./scheduler.ts";
import { Random } from "./test/random.ts";
import { randomRun } from "./test/random-run.ts";
import { Simulation } from "./test/simulation.ts";

/** Other runs each time; `ROLLOUT_SEED` repeats those of a test's name. */
const firstSeed = Number(process.env.ROLLOUT_SEED ?? Math.floor(Math.random() * 2 ** 31));
const batches = 100;
const runsPerBatch = 100;
const minutes = 60_000;

describe("a rollout over random failures, delays, operators and crashes", () => {
  it.each(Array.from({ length: batches }, (_, batch) => firstSeed + batch * runsPerBatch))(
    `keeps order, limits, halts and rollbacks in ${runsPerBatch} runs from seed %i on`,
    (first) => {
      for (let seed = first; seed < first + runsPerBatch; seed++) playSeed(seed, sizeOf(seed - first));
    },
    5 * minutes,
  );

  it.each([firstSeed, firstSeed + 1, firstSeed + 2])(
    "does so for 1 000 clusters, seed %i",
    (seed) => playSeed(seed, 1000),
    5 * minutes,
  );
});

/** Most fleets are small, where what can go wrong does so in few steps; one of each batch is larger. */
function sizeOf(index: number): number {
  return index === 0 ? 100 : (index % 20) + 1;
}

function playSeed(seed: number, maxClusters: number): void {
  const random = new Random(seed);
  const run = randomRun(random, maxClusters);
  const simulation = new Simulation(run, random, {
    crashes: random.pick([0, 0.02, 0.1]) ?? 0,
    operator: random.pick([0, 0, 0.02, 0.1]) ?? 0,
  });
  try {
    simulation.play();
    simulation.invariants.checkEnd(simulation.scheduler.state);
    if (simulation.crashes === 0) compareWithReplay(simulation);
  } catch (cause) {
    throw new Error(`seed ${seed} with up to ${maxClusters} clusters: ${(cause as Error).message}`, { cause });
  }
}

function compareWithReplay(simulation: Simulation): void {
  const events = simulation.events();
  if (events.length !== simulation.scheduler.state.events) return;
  const replayed = new Scheduler(simulation.run, events);
  expect(replayed.state).toEqual(simulation.scheduler.state);
}
