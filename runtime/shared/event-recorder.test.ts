import { beforeEach, expect, it } from "vitest";
import { FakeClock, settle } from "../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../test/fakes/object-store.ts";
import { createEventRecorder, type EventRecorder, type Notice } from "./event-recorder.ts";
import { events } from "./kubernetes/kinds.ts";
import { createLogger } from "./logger.ts";

const notice: Notice = {
  type: "Warning",
  reason: "IdentityRefused",
  action: "Refuse",
  note: "refused",
  regarding: { apiVersion: "v1", kind: "ServiceAccount", name: "sensor" },
};

let clock: FakeClock;
let store: FakeObjectStore;
let lines: string[];
let recorder: EventRecorder;

beforeEach(() => {
  clock = new FakeClock();
  store = new FakeObjectStore("edge-a");
  lines = [];
  const log = createLogger({ component: "t", level: "info", destination: { write: (line) => void lines.push(line) } });
  recorder = createEventRecorder({ store, controller: "iotedge.dev/iotedged", instance: "iotedged-1", clock, log });
});

const recorded = () => store.select(events);

it("records who did what to which object, with microseconds as the API wants them", () => {
  recorder.record(notice);
  expect(recorded()).toEqual([
    expect.objectContaining({
      type: "Warning",
      reason: "IdentityRefused",
      action: "Refuse",
      note: "refused",
      eventTime: "2026-01-01T00:00:00.000000Z",
      regarding: { ...notice.regarding, namespace: "edge-a" },
      reportingController: "iotedge.dev/iotedged",
      reportingInstance: "iotedged-1",
    }),
  ]);
});

it("tells the same thing once in five minutes", async () => {
  recorder.record(notice);
  recorder.record({ ...notice, note: "again" });
  expect(recorded()).toHaveLength(1);
  await clock.advance(5 * 60_000);
  recorder.record(notice);
  expect(recorded()).toHaveLength(2);
});

it("stays bounded however many objects there are to tell of", async () => {
  for (let index = 0; index < 1000; index++) {
    recorder.record({ ...notice, regarding: { ...notice.regarding, name: `module-${index}` } });
  }
  expect(recorded()).toHaveLength(256);
  await clock.advance(5 * 60_000);
  recorder.record({ ...notice, regarding: { ...notice.regarding, name: "another" } });
  expect(recorded()).toHaveLength(257);
});

it("cuts a note that the API would refuse", () => {
  recorder.record({ ...notice, note: "x".repeat(5000) });
  expect(recorded()[0]?.note).toHaveLength(1024);
});

it("counts a note as the API does: in bytes, and cuts no character in two", () => {
  recorder.record({ ...notice, note: `x${"\u{1f600}".repeat(1000)}` });
  expect(recorded()[0]?.note).toBe(`x${"\u{1f600}".repeat(255)}`);
});

it("gives an Event about an object of the longest name a name that the API takes", () => {
  recorder.record({ ...notice, regarding: { ...notice.regarding, name: `${"a".repeat(235)}.${"b".repeat(17)}` } });
  const [event] = recorded();
  expect(event?.metadata.name).toMatch(/^a{235}\.[0-9a-f]{16}$/);
  expect(event?.regarding?.name).toHaveLength(253);
});

it("logs a failure and may tell the same thing again", async () => {
  store.failNext(new Error("no connection"));
  recorder.record(notice);
  await settle();
  expect(lines.join()).toContain("could not record an event");
  recorder.record(notice);
  expect(recorded()).toHaveLength(1);
});
