import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { modulesOf } from "../../../test/fakes/edge-installation.ts";
import type { Module } from "../../manifest/manifest.ts";
import type { Deployment } from "../../shared/kubernetes/kinds.ts";
import type { Observed } from "./observed.ts";
import { createStartupGate } from "./startup-gate.ts";

const of = (startupOrder?: number, more: object = {}) => ({
  settings: { image: "i" },
  ...(startupOrder !== undefined && { startupOrder }),
  ...more,
});

/** Deployments by name, with the number of their pods that are ready. */
function observed(ready: Record<string, number>): Observed {
  const deployments = Object.entries(ready).map(([name, readyReplicas]): [string, Deployment] => [
    name,
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, status: { readyReplicas } },
  ]);
  return {
    serviceAccounts: new Map(),
    services: new Map(),
    deployments: new Map(deployments),
    jobs: new Map(),
    leftJobs: new Set(),
    modulePods: new Map(),
    pullerPods: new Map(),
    claims: new Map(),
  };
}

const three = modulesOf({ hub: of(0), broker: of(1), sensor: of() });

it.each<[string, Record<string, number>, readonly string[]]>([
  ["nothing is there", {}, ["broker", "sensor"]],
  ["the first starts", { hub: 0 }, ["broker", "sensor"]],
  ["the first runs", { hub: 1 }, ["sensor"]],
  ["the second starts", { hub: 1, broker: 0 }, ["sensor"]],
  ["the second runs", { hub: 1, broker: 1 }, []],
  ["the first fails when all are there", { hub: 0, broker: 1, sensor: 1 }, []],
])("while %s, holds what comes later", (_, ready, expected) => {
  expect([...createStartupGate(new FakeClock()).held(three, observed(ready))]).toEqual(expected);
});

it("counts a module that has ended well as running", () => {
  const setup = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "hub" }, status: { succeeded: 1 } };
  const held = (status: object) => {
    const jobs = new Map([["hub", { ...setup, status }]]);
    return [...createStartupGate(new FakeClock()).held(three, { ...observed({}), jobs })];
  };
  expect(held({ active: 1, ready: 0 })).toEqual(["broker", "sensor"]);
  expect(held({ active: 1, ready: 1 })).toEqual(["sensor"]);
  expect(held({ succeeded: 1 })).toEqual(["sensor"]);
});

it("holds nothing back where all are of one order, or the first is stopped", () => {
  const gate = createStartupGate(new FakeClock());
  expect(gate.held(modulesOf({ a: of(), b: of() }), observed({}))).toEqual(new Set());
  expect(gate.held(modulesOf({ a: of(0, { status: "stopped" }), b: of() }), observed({}))).toEqual(new Set());
});

it("waits a minute for each order, and no longer", async () => {
  const clock = new FakeClock();
  const gate = createStartupGate(clock);
  const held = () => [...gate.held(three, observed({ hub: 0 }))];
  expect(held()).toEqual(["broker", "sensor"]);
  await clock.advance(59_000);
  expect(held()).toEqual(["broker", "sensor"]);
  await clock.advance(1000);
  expect(held()).toEqual(["sensor"]);
  await clock.advance(60_000);
  expect(held()).toEqual([]);
});

it("reads each module's order a few times, however many orders there are", () => {
  const count = 2000;
  let reads = 0;
  const modules = Array.from({ length: count }, (_, index) => ({
    id: `m${index}`,
    status: "running",
    get startupOrder() {
      reads++;
      return index;
    },
  }));
  const names = modules.slice(0, -1).map(({ id }) => id);
  const up = new Map(names.map((name) => [name, { metadata: { name }, status: { readyReplicas: 1 } }]));
  const live = { serviceAccounts: new Map(), deployments: up, jobs: new Map() } as unknown as Observed;
  createStartupGate(new FakeClock()).held(modules as unknown as Module[], live);
  expect(reads).toBeLessThanOrEqual(10 * count);
});
