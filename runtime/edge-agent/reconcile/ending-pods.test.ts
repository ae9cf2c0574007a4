import { expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { modulesOf } from "../../../test/fakes/edge-installation.ts";
import { labels } from "../../contract/labels.ts";
import type { Deployment, Job, Pod } from "../../shared/kubernetes/kinds.ts";
import { createEndingPods } from "./ending-pods.ts";
import { groupModulePods, type Observed } from "./observed.ts";

const settings = { image: "i" };
const hub = modulesOf({ hub: { settings } });

const pod = (more: { readonly ends?: boolean; readonly phase?: string } = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "hub-1",
    labels: { [labels.module]: "hub" },
    ...(more.ends && { deletionTimestamp: "2026-11-30T00:00:00Z" }),
  },
  status: { phase: more.phase ?? "Running" },
});

function observed(pods: readonly Pod[], more: Partial<Observed> = {}): Observed {
  return {
    serviceAccounts: new Map(),
    services: new Map(),
    deployments: new Map(),
    jobs: new Map(),
    leftJobs: new Set(),
    modulePods: groupModulePods(pods),
    pullerPods: new Map(),
    claims: new Map(),
    ...more,
  };
}

function deployment(replicas: number): Partial<Observed> {
  const live: Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "hub" },
    spec: { replicas, selector: {}, template: {} },
  };
  return { deployments: new Map([["hub", live]]) };
}
const job: Job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: "hub" } };

it.each<[string, readonly Pod[], Partial<Observed>, boolean]>([
  ["a pod that ends, and no Deployment", [pod({ ends: true })], {}, true],
  ["a pod that Kubernetes has still to end", [pod()], {}, true],
  ["a pod that ends, and a Deployment that was stopped", [pod({ ends: true })], deployment(0), true],
  ["a pod that ends, and a Deployment that follows it itself", [pod({ ends: true })], deployment(1), false],
  ["a pod that ends, and a Job", [pod({ ends: true })], { jobs: new Map([["hub", job]]) }, false],
  ["a pod that has ended", [pod({ phase: "Succeeded" }), pod({ phase: "Failed" })], {}, false],
  ["no pod", [], {}, false],
])("with %s", (_, pods, more, isHeld) => {
  expect(createEndingPods(new FakeClock()).held(hub, observed(pods, more)).has("hub")).toBe(isHeld);
});

it("holds no module that may have two pods, and none that is not to run", () => {
  const held = (module: object) =>
    createEndingPods(new FakeClock()).held(modulesOf({ hub: module }), observed([pod({ ends: true })])).size;
  expect(held({ settings: { ...settings, createOptions: { "k8s-extensions": { stateless: true } } } })).toBe(0);
  expect(held({ settings, status: "stopped" })).toBe(0);
  expect(held({ settings })).toBe(1);
});

it("waits for a pod that ends as long as it takes, and for one that nobody ends for half a minute", async () => {
  const clock = new FakeClock();
  const ending = createEndingPods(clock);
  const held = (one: Pod) => ending.held(hub, observed([one])).size;
  expect(held(pod())).toBe(1);
  await clock.advance(29_000);
  expect(held(pod())).toBe(1);
  await clock.advance(1_000);
  expect(held(pod())).toBe(0);
  expect(held(pod({ ends: true }))).toBe(1);
  await clock.advance(3_600_000);
  expect(held(pod({ ends: true }))).toBe(1);
});
