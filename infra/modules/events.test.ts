import { expect, it } from "vitest";
import type { LiveObject } from "../kubernetes/index.ts";
import { orderedEvents } from "./events.ts";

function event(name: string, time: string, more: object = {}): LiveObject {
  return {
    ...{ apiVersion: "v1", kind: "Event", metadata: { name: `${name}.1`, namespace: "edge-a" }, type: "Normal" },
    ...{ reason: "Started", message: "Started", lastTimestamp: time },
    involvedObject: { kind: "Pod", name },
    ...more,
  } as unknown as LiveObject;
}

const events = [
  event("sensor-7c9d-x1", "2026-01-01T00:00:03Z"),
  event("sensors-1", "2026-01-01T00:00:02Z", { type: "Warning", reason: "BackOff", count: 4 }),
  // The newer form of Events has its own times, some of them to the microsecond.
  event("iotedged-1", "", { lastTimestamp: null, eventTime: "2026-01-01T00:00:02.500000Z" }),
  event("sensor", "2026-01-01T00:00:01Z", { involvedObject: { kind: "Deployment", name: "sensor" } }),
];
const objectsOf = (selection: object) =>
  orderedEvents(events, { warnings: false, ...selection }).map(({ object }) => object);

it("are in the order of their times, whatever form they have", () => {
  expect(objectsOf({})).toEqual(["Deployment/sensor", "Pod/sensors-1", "Pod/iotedged-1", "Pod/sensor-7c9d-x1"]);
});

it("are of one module, and not of one whose name begins the same", () => {
  expect(objectsOf({ module: "sensor" })).toEqual(["Deployment/sensor", "Pod/sensor-7c9d-x1"]);
});

it("are warnings alone, or new ones alone, where they are asked for", () => {
  expect(objectsOf({ warnings: true })).toEqual(["Pod/sensors-1"]);
  expect(objectsOf({ since: Date.parse("2026-01-01T00:00:02.500Z") })).toEqual([
    "Pod/iotedged-1",
    "Pod/sensor-7c9d-x1",
  ]);
});
