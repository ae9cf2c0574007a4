import { describe, expect, it } from "vitest";
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
  orderedEvents(events, [], { warnings: false, ...selection }).map(({ object }) => object);

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

describe("a startup probe that has failed", () => {
  const of = (reason: string, message: string, container: string, more: object = {}) =>
    event("sensor-1", "2026-01-01T00:00:01Z", {
      ...{ type: "Warning", reason, message },
      involvedObject: { kind: "Pod", name: "sensor-1", uid: "u1", fieldPath: `spec.initContainers{${container}}` },
      ...more,
    });
  const failed = of("Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 503", "proxy");
  const podWith = (started: boolean, restartCount = 0) =>
    ({
      metadata: { uid: "u1", name: "sensor-1" },
      status: {
        initContainerStatuses: [{ name: "proxy", started, restartCount }],
        containerStatuses: [{ name: "module", started: !started }],
      },
    }) as unknown as LiveObject;
  const warned = (all: readonly LiveObject[], pods: readonly LiveObject[] | undefined) =>
    orderedEvents(all, pods, { warnings: true }).map(({ reason }) => reason);

  it.each<[string, readonly LiveObject[], readonly LiveObject[] | undefined, readonly string[]]>([
    ["before its container has started is no warning", [failed], [podWith(true)], []],
    ["of a pod that is gone is none", [failed], [], []],
    ["of a container that has not started is one", [failed], [podWith(false)], ["Unhealthy"]],
    ["is one where nobody may see the pods", [failed], undefined, ["Unhealthy"]],
    [
      "until the kubelet has ended the container is one",
      [failed, of("Killing", "Container proxy failed startup probe, will be restarted", "proxy", { type: "Normal" })],
      [podWith(true, 1)],
      ["Unhealthy"],
    ],
    [
      "says nothing of other probes, and of other containers",
      [
        failed,
        of("Killing", "Container module failed startup probe, will be restarted", "module", { type: "Normal" }),
        of("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503", "proxy"),
      ],
      [podWith(true)],
      ["Unhealthy"],
    ],
  ])("%s", (_, all, pods, expected) => {
    expect(warned(all, pods)).toEqual(expected);
  });

  it("is told where all that the cluster tells is asked for", () => {
    expect(orderedEvents([failed], [podWith(true)], { warnings: false })).toHaveLength(1);
  });
});
