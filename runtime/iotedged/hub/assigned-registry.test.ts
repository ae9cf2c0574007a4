import { beforeEach, describe, expect, it } from "vitest";
import { EdgeError } from "#base";
import type { DevicePlace, HubFailure } from "#iot-hub";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { type AssignedRegistry, createAssignedRegistry } from "./assigned-registry.ts";

const failure = (kind: HubFailure["kind"], code: string): HubFailure => ({
  kind,
  error: new EdgeError(code, "m", "r"),
});
const refusal = failure("unauthorized", "EDGE_HUB_KEY_REFUSED");
const first = { hubHostname: "hub.test", deviceId: "d1" };
const second = { hubHostname: "hub2.test", deviceId: "d1" };

let clock: FakeClock;
let written: DevicePlace | undefined;
/** What the service answers. */
let service: DevicePlace | HubFailure;
/** Hubs that take the device. */
let taking: Set<string>;
let calls: string[];
let places: string[];

function registry(atStart = false): AssignedRegistry {
  return createAssignedRegistry({
    recall: async () => written,
    register: async () => {
      calls.push("register");
      return "kind" in service ? { failure: service } : { value: { ...service, substatus: undefined } };
    },
    open: ({ hubHostname }) => ({
      list: async () => {
        calls.push(`list ${hubHostname}`);
        return taking.has(hubHostname) ? { value: [] } : { failure: refusal };
      },
      put: async (moduleId) => {
        calls.push(`put ${hubHostname} ${moduleId}`);
        return { failure: refusal };
      },
      remove: async () => ({ value: null }),
    }),
    atStart,
    onPlace: (place) => {
      places.push(place.hubHostname);
      written = { hubHostname: place.hubHostname, deviceId: place.deviceId };
    },
    clock,
  });
}

beforeEach(() => {
  clock = new FakeClock();
  written = undefined;
  service = first;
  taking = new Set(["hub.test", "hub2.test"]);
  calls = [];
  places = [];
});

describe("the registry of an assigned device", () => {
  it("is found by one registration, which counts from then on", async () => {
    const one = registry();
    expect(await one.list()).toEqual({ value: [] });
    await one.list();
    await one.put("sensor", { primary: "", secondary: "" }, false);
    expect(calls).toEqual(["register", "list hub.test", "list hub.test", "put hub.test sensor"]);
  });

  it("is that which was written down, after a restart and when another replica has moved meanwhile", async () => {
    written = first;
    const one = registry();
    await one.list();
    written = second;
    await one.list();
    one.begin();
    await one.list();
    expect(calls).toEqual(["list hub.test", "list hub.test", "list hub2.test"]);
  });

  it("is looked for anew where the hub refuses the device, and is the other hub's then", async () => {
    written = first;
    service = second;
    taking.delete("hub.test");
    const one = registry();
    expect(await one.list()).toEqual({ value: [] });
    expect(calls).toEqual(["list hub.test", "register", "list hub2.test"]);
    expect(places).toEqual(["hub.test", "hub2.test"]);
    taking = new Set(["hub.test"]);
    service = first;
    expect(await one.list()).toEqual({ value: [] });
    expect(places).toEqual(["hub.test", "hub2.test", "hub.test"]);
  });

  it("is not looked for more than once in five minutes, but at once with another credential", async () => {
    written = first;
    taking.clear();
    const one = registry();
    const registrations = () => calls.filter((call) => call === "register").length;
    for (let seconds = 0; seconds < 300; seconds += 30) {
      expect(await one.list()).toEqual({ failure: refusal });
      await clock.advance(30_000);
    }
    expect(registrations()).toBe(1);
    await one.list();
    expect(registrations()).toBe(2);
    one.credentialChanged();
    await one.list();
    expect(registrations()).toBe(3);
  });

  it("tells why the service does not help, for as long as nothing changes, unless it is only away", async () => {
    written = first;
    taking.clear();
    service = failure("refused", "EDGE_DPS_DISABLED");
    const one = registry();
    for (let times = 0; times < 3; times++) expect(await one.list()).toEqual({ failure: service });
    service = failure("away", "EDGE_DPS_AWAY");
    one.credentialChanged();
    for (let times = 0; times < 3; times++) expect(await one.list()).toEqual({ failure: refusal });
    taking.add("hub.test");
    expect(await one.list()).toEqual({ value: [] });
  });

  it("is not there while the device has never been assigned", async () => {
    service = failure("unauthorized", "EDGE_DPS_REFUSED");
    const one = registry();
    expect(await one.list()).toEqual({ failure: service });
    expect(() => one.put("sensor", { primary: "", secondary: "" }, false)).toThrow();
    expect(places).toEqual([]);
    service = first;
    expect(await one.list()).toEqual({ value: [] });
  });

  it("is looked for at each start where that is wanted, and is the known one while the service is away", async () => {
    written = first;
    service = failure("away", "EDGE_DPS_AWAY");
    const one = registry(true);
    expect(await one.list()).toEqual({ value: [] });
    service = second;
    one.begin();
    await one.list();
    one.begin();
    await one.list();
    expect(calls).toEqual(["register", "list hub.test", "register", "list hub2.test", "list hub2.test"]);
  });
});
