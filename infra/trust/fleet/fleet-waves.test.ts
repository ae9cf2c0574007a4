import { describe, expect, it } from "vitest";
import { parseFleet } from "../../rollout/fleet/load-fleet.ts";
import { fleetWaves } from "./fleet-waves.ts";

const fleetOf = (
  clusters: string,
  waves = "{ name: canary, canary: true, matchLabels: { ring: canary } }, { name: rest }",
) => parseFleet(`name: factories\nclusters: [${clusters}]\nstrategy: { maxConcurrency: 50%, waves: [${waves}] }`, "f");
const four = "{ name: lab, labels: { ring: canary } }, { name: linz }, { name: lyon }, { name: lima }";
const namesOf = (waves: ReturnType<typeof fleetWaves>) =>
  waves.map(({ name, clusters }) => `${name}: ${clusters.map((one) => one.name).join()}`);

describe("the part of a fleet that is rotated", () => {
  it("is all of its waves, with limits of the whole wave", () => {
    const waves = fleetWaves(fleetOf(four));
    expect(namesOf(waves)).toEqual(["canary: lab", "rest: linz,lyon,lima"]);
    expect(waves.map(({ maxConcurrency }) => maxConcurrency)).toEqual([1, 1]);
  });

  it("is what is named, in the fleet's order", () => {
    expect(namesOf(fleetWaves(fleetOf(four), { wave: ["rest"] }))).toEqual(["rest: linz,lyon,lima"]);
    expect(namesOf(fleetWaves(fleetOf(four), { cluster: ["lima", "lab"] }))).toEqual(["canary: lab", "rest: lima"]);
  });

  it("is refused where the fleet does not have it", () => {
    const refused =
      (selection: object, fleet = fleetOf(four)) =>
      () =>
        fleetWaves(fleet, selection);
    expect(refused({ wave: ["europe"] })).toThrow("it has no wave 'europe'");
    expect(refused({ cluster: ["oslo"] })).toThrow("it has no cluster of a wave 'oslo'");
    const shared = fleetOf("{ name: lab, labels: { ring: canary } }, { name: linz, stack: lab }");
    expect(refused({}, shared)).toThrow("clusters lab and linz share stack lab");
  });
});
