import { afterAll, beforeAll, describe, it } from "vitest";
import { type Lane, startLane } from "./check/lane.ts";
import { type Lanes, startLanes } from "./check/lanes.ts";
import { addModules, manifests, surroundings } from "./check/manifest.ts";
import { findingOf, isUp, runAll, tell } from "./check/story.ts";
import { failingModules } from "./failures/failing-modules.ts";
import { type EmptyRegistry, startEmptyRegistry } from "./failures/registry.ts";

const minute = 60_000;
/** Causes that a module does not have of itself: what is around it would be around the others, too. */
const shared: readonly string[] = ["quota-exceeded", "pod-refused", "pull-secret-missing"];
const own = (address: string) => failingModules(address).filter(({ id }) => !shared.includes(id));

describe("edgectl check names cause and fix of each of many modules that fail at once, such as", () => {
  let registry: EmptyRegistry;
  let lane: Lane;

  beforeAll(async () => {
    registry = await startEmptyRegistry();
    lane = await startLane("edge-check-failing");
    await lane.healthy();
    await addModules(lane, Object.fromEntries(own(registry.address).map(({ id, module }) => [id, module])));
  }, 5 * minute);
  afterAll(async () => {
    await lane?.remove();
    await registry?.close();
  });

  it.each(own("127.0.0.1:0"))("$id", async ({ id, says, fix }) => {
    const situation = {
      name: id,
      id: "modules",
      severity: "error",
      component: id,
      cause: id,
      message: says,
      fix,
    } as const;
    const found = await findingOf(lane, { ...situation, plant: async () => {} });
    // Deploying the stack again ends all of them.
    await runAll(lane, found.fix, (command) => !isUp(command));
  });

  it("and nothing once the stack is deployed again", async () => {
    await lane.up();
    await lane.healthy();
  });
});

describe("edgectl check names cause and fix, and the fix ends it, where", {
  concurrent: true,
  timeout: 10 * minute,
}, () => {
  let lanes: Lanes;

  beforeAll(async () => {
    lanes = await startLanes(3, "edge-check-modules", { edgeAgent: { policy: { privileged: true } } });
  }, 5 * minute);
  afterAll(() => lanes?.remove());

  it.each([...manifests, ...surroundings])("$name", (situation) => lanes.use((lane) => tell(lane, situation)));
});
