import fc from "fast-check";
import { Registry } from "prom-client";
import { beforeEach, expect, it } from "vitest";
import type { JsonObject } from "#base";
import { applyMergePatch } from "#iot-hub";
import { createHubMetrics } from "./hub-metrics.ts";
import { createTwinReporter, type TwinReporter } from "./twin-reporter.ts";

let hub: JsonObject;
let patches: JsonObject[];
let statuses: number[];
let wanted: JsonObject | undefined;
let refusals: number[];
let told: (number | undefined)[];
let reporter: TwinReporter;

beforeEach(() => {
  hub = {};
  patches = [];
  statuses = [];
  wanted = undefined;
  refusals = [];
  told = [];
  reporter = createTwinReporter({
    connection: {
      report: async (patch) => {
        patches.push(patch);
        const status = statuses.shift() ?? 204;
        if (status === 204) hub = applyMergePatch(hub, patch);
        return status;
      },
    },
    wanted: () => wanted,
    onTaken: (version) => void told.push(version),
    onRefused: (status) => void refusals.push(status),
    metrics: createHubMetrics(new Registry()),
  });
});

it("sends what differs from what the hub has, and nothing where nothing does", async () => {
  hub = { old: { a: 1 }, modules: { sensor: { status: "running", restartCount: 1 } } };
  reporter.hubHas(hub);
  wanted = { modules: { sensor: { status: "running", restartCount: 2 } } };
  expect(await reporter.run()).toBe(true);
  expect(await reporter.run()).toBe(true);
  expect(patches).toEqual([{ old: null, modules: { sensor: { restartCount: 2 } } }]);
});

it("sends nothing before it knows what the hub has, and after it has lost it", async () => {
  wanted = { a: 1 };
  expect(await reporter.run()).toBe(true);
  reporter.hubHas({});
  reporter.hubHas(undefined);
  expect(await reporter.run()).toBe(true);
  expect(patches).toEqual([]);
});

it("sends the same again, and what has changed meanwhile, when the hub had no time", async () => {
  reporter.hubHas({});
  wanted = { a: 1 };
  statuses = [429];
  expect(await reporter.run()).toBe(false);
  wanted = { a: 1, b: 2 };
  expect(await reporter.run()).toBe(true);
  expect(patches).toEqual([{ a: 1 }, { a: 1, b: 2 }]);
});

it("tells at least what became of the manifest, when the hub does not take the whole, and asks no more", async () => {
  hub = { lastDesiredVersion: 1, modules: { a: { status: "running" } } };
  reporter.hubHas(hub);
  wanted = { lastDesiredVersion: 2, lastDesiredStatus: { code: 200 }, modules: { a: { status: "x" } } };
  statuses = [413];
  expect(await reporter.run()).toBe(true);
  expect(await reporter.run()).toBe(true);
  expect(hub).toEqual({
    lastDesiredVersion: 2,
    lastDesiredStatus: { code: 200 },
    modules: { a: { status: "running" } },
  });
  expect(patches).toHaveLength(2);
  expect(refusals).toEqual([413]);
  wanted = { ...wanted, modules: {} };
  await reporter.run();
  expect(hub).toEqual(wanted);
});

it("tells what became of the manifest later, when the hub has no time for that either", async () => {
  reporter.hubHas(hub);
  wanted = { lastDesiredVersion: 2, lastDesiredStatus: { code: 200 }, modules: { a: { status: "x" } } };
  statuses = [413, 429];
  expect(await reporter.run()).toBe(false);
  expect(await reporter.run()).toBe(true);
  expect(hub).toEqual({ lastDesiredVersion: 2, lastDesiredStatus: { code: 200 } });
  expect(refusals).toEqual([413]);
});

it("asks no more, when the hub does not take that either", async () => {
  reporter.hubHas(hub);
  wanted = { lastDesiredVersion: 2, modules: {} };
  statuses = [413, 400];
  expect([await reporter.run(), await reporter.run()]).toEqual([true, true]);
  expect(patches).toHaveLength(2);
});

it("ends with what is wanted, whatever the hub does in between", async () => {
  const document = fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.dictionary(fc.constantFrom("x", "y"), fc.integer()),
  );
  const step = fc.record({ document, status: fc.constantFrom(204, 429, 500), reconnects: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), document, async (steps, last) => {
      hub = {};
      reporter.hubHas(hub);
      for (const { document: next, status, reconnects } of steps) {
        if (reconnects) reporter.hubHas(hub);
        wanted = next;
        statuses = [status];
        await reporter.run();
      }
      statuses = [];
      wanted = last;
      await reporter.run();
      expect(hub).toEqual(last);
    }),
  );
});

it("tells which desired version the hub has been told of, as soon as it has", async () => {
  reporter.hubHas({ lastDesiredVersion: 3 });
  wanted = { lastDesiredVersion: 3 };
  await reporter.run();
  statuses = [429];
  wanted = { lastDesiredVersion: 4 };
  await reporter.run();
  expect(told).toEqual([3]);
  await reporter.run();
  expect(told).toEqual([3, 4]);
});
