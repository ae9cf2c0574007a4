import { afterAll, beforeAll, describe, it } from "vitest";
import { chains, refusals } from "./check/chain.ts";
import { type Lane, startLane } from "./check/lane.ts";
import { type Lanes, startLanes } from "./check/lanes.ts";
import { restartIotedged } from "./check/planting.ts";
import { findingOf, isUp, runAll, tell } from "./check/story.ts";

const minute = 60_000;

describe("edgectl check names cause and fix, and the fix ends it, where", {
  concurrent: true,
  timeout: 10 * minute,
}, () => {
  let lanes: Lanes;

  beforeAll(async () => {
    lanes = await startLanes(3, "edge-check-chain");
  }, 5 * minute);
  afterAll(() => lanes?.remove());

  it.each(chains)("$name", (situation) => lanes.use((lane) => tell(lane, situation)));
});

describe("edgectl check tells by which rule iotedged refuses, and what to do, where", () => {
  let lane: Lane;

  beforeAll(async () => {
    lane = await startLane("edge-check-refusals");
    await lane.healthy();
  }, 5 * minute);
  afterAll(() => lane?.remove());

  it.each(refusals)("$name", async (situation) => {
    await situation.plant(lane);
    const { fix } = await findingOf(lane, situation);
    await runAll(lane, fix, (command) => !isUp(command));
  });

  it("and nothing once the log in which that stands is gone", async () => {
    await restartIotedged(lane);
    await lane.healthy();
  });
});
