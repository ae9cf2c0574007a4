import { afterAll, beforeAll, describe, it } from "vitest";
import { daemons } from "./check/daemons.ts";
import { type Lanes, startLanes } from "./check/lanes.ts";
import { tell } from "./check/story.ts";

const minute = 60_000;
let lanes: Lanes;

beforeAll(async () => {
  lanes = await startLanes(3, "edge-check-daemons");
}, 5 * minute);
afterAll(() => lanes?.remove());

describe("edgectl check names cause and fix, and the fix ends it, where", {
  concurrent: true,
  timeout: 10 * minute,
}, () => {
  it.each(daemons)("$name", (situation) => lanes.use((lane) => tell(lane, situation)));
});
