import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HubRecord, RegisteredIdentity } from "#contract";
import { FakeClock, settle } from "../../../test/fakes/clock.ts";
import { type FollowedPlace, followPlace } from "./device-place.ts";

const first = { hubHostname: "hub.test", deviceId: "d1" };
const second = { hubHostname: "hub2.test", deviceId: "d1" };
const identity = (state: RegisteredIdentity["state"]) => [{ moduleId: "sensor", generationId: "g", state }];

let clock: FakeClock;
let record: HubRecord;
let reads: number;
let moves: unknown[];
let followed: FollowedPlace;

const tell = (changes: Partial<HubRecord>) => {
  record = { state: "connecting", since: "", identities: [], ...changes };
};

async function follow(settings: { hubHostname?: string; deviceId?: string } = {}): Promise<void> {
  followed = followPlace({
    settings,
    read: async () => {
      reads++;
      return record;
    },
    onMove: (place, before) => moves.push([before?.hubHostname, place.hubHostname]),
    onError: (error) => {
      throw error;
    },
    ...{ clock, random: () => 0 },
  });
  followed.start();
  await clock.advance(1);
  await settle();
}

beforeEach(() => {
  clock = new FakeClock();
  reads = 0;
  moves = [];
  tell({});
});
afterEach(() => followed.stop());

describe("the device's place", () => {
  it("is what the settings say, and nobody is asked", async () => {
    await follow(first);
    await clock.advance(120_000);
    expect(followed.current).toEqual(first);
    expect(reads).toBe(0);
  });

  it("is not known until a provisioning service has said it", async () => {
    await follow();
    await clock.advance(10_000);
    expect(followed.current).toBeUndefined();
    tell(first);
    await clock.advance(2000);
    expect(followed.current).toEqual(first);
    expect(moves).toEqual([[undefined, "hub.test"]]);
  });

  it("changes when the new hub knows the modules that run", async () => {
    tell(first);
    await follow();
    tell({ ...second, identities: identity("waiting") });
    await clock.advance(60_000);
    expect(followed.current).toEqual(first);
    tell({ ...second, identities: identity("ready") });
    await clock.advance(2000);
    expect(followed.current).toEqual(second);
    expect(moves).toEqual([
      [undefined, "hub.test"],
      ["hub.test", "hub2.test"],
    ]);
  });

  it("changes after two minutes where the new hub knows them not, and stays where iotedged forgets", async () => {
    tell(first);
    await follow();
    tell({});
    await clock.advance(60_000);
    tell({ ...second, identities: identity("waiting") });
    await clock.advance(60_000);
    expect(followed.current).toEqual(first);
    await clock.advance(100_000);
    expect(followed.current).toEqual(second);
  });
});
