import { afterEach, expect, it } from "vitest";
import { type HubFleet, mostWithin, startHubFleet } from "../../../test/support/hub-fleet.ts";

const minute = 60_000;
const [devices, modules] = [20, 50];

let fleet: HubFleet;
afterEach(async () => {
  fleet.fake.journal.expectNoViolations();
  await fleet.close();
});

it("20 devices of 50 modules each are registered at once by one write a second and device, and then ask seldom", async () => {
  fleet = await startHubFleet({ devices, modules, operationsPerMinute: 2000 });
  await fleet.passUntil("the identities", () => fleet.identities("ready") === devices * modules, 2 * minute);
  const writes = fleet.calls().filter(({ what }) => what.startsWith("PUT"));
  expect(writes).toHaveLength(devices * modules);
  expect(fleet.calls()).toHaveLength(devices * modules + devices);
  for (const [, own] of Map.groupBy(writes, ({ who }) => who)) {
    expect(own).toHaveLength(modules);
    expect(
      mostWithin(
        own.map(({ time }) => time),
        1000,
      ),
    ).toBe(1);
  }
  const first = [...Map.groupBy(fleet.calls(), ({ who }) => who).values()].map(([call]) => call?.time ?? 0);
  expect(mostWithin(first, 1000)).toBeLessThan(devices / 2);
  expect(fleet.connected()).toBe(devices);

  const idle = fleet.clock.now();
  await fleet.pass(10 * minute);
  const later = fleet.calls(idle + 1);
  expect(new Set(later.map(({ what }) => what.split(" ")[0]))).toEqual(new Set(["GET"]));
  expect(later).toHaveLength(2 * devices);
});
