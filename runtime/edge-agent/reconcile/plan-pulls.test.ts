import { beforeEach, describe, expect, it } from "vitest";
import { pullerLabels } from "#contract";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import type { Module } from "../../manifest/manifest.ts";
import { deployments, type Pod, serviceAccounts, services } from "../../shared/kubernetes/kinds.ts";
import type { Installation } from "../mapping/installation.ts";
import type { ModulePlan } from "./action.ts";
import { execute } from "./execute.ts";
import { byName, type Observed } from "./observed.ts";
import { plan } from "./plan.ts";
import { createSettledWrites, type SettledWrites } from "./settled-writes.ts";

let store: FakeObjectStore;
let settled: SettledWrites;
/** State of the containers of whatever fetches images. */
let state: object | undefined;

beforeEach(() => {
  store = new FakeObjectStore();
  settled = createSettledWrites();
  state = undefined;
});

/** All Deployments run, and those that fetch images have a pod in the state that the test says. */
function observe(): Observed {
  const live = store.select(deployments).map((one) => ({ ...one, status: { readyReplicas: 1 } }));
  const pulling = live.filter(({ metadata }) => metadata.name.startsWith("iotedge-pull."));
  const pods = pulling.map(({ metadata, spec }): [string, readonly Pod[]] => {
    const containers = spec?.template.spec?.containers ?? [];
    const status = { containerStatuses: containers.map(({ name }) => ({ name, state })) };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers }, status };
    return [metadata.name, state === undefined ? [] : [pod as unknown as Pod]];
  });
  return {
    serviceAccounts: byName(store.select(serviceAccounts)),
    services: byName(store.select(services)),
    deployments: byName(live),
    jobs: new Map(),
    leftJobs: new Set(),
    modulePods: new Map(),
    claims: new Map(),
    pullerPods: new Map(pods),
  };
}

const steps = (plans: readonly ModulePlan[]) =>
  plans.flatMap(({ actions }) =>
    actions.map((action) => {
      const what = action.type === "apply" ? action.cause : action.type;
      return `${what} ${action.object.metadata.name.replace(/[.][0-9a-f]{20}$/, "")}`;
    }),
  );

/** Plans and writes once; answers what was written, and who waits. */
async function pass(modules: readonly Module[], target: Installation = installation) {
  const plans = plan(modules, target, observe(), settled);
  await execute(plans, store, settled);
  return {
    steps: steps(plans),
    waiting: plans.filter(({ waitsForImages }) => waitsForImages).map(({ moduleId }) => moduleId),
    failures: plans.flatMap(({ failure }) => (failure === undefined ? [] : [failure.message])),
  };
}
/** What somebody has made who has EdgeAgent's token. */
const foreign = (metadata: object) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "iotedge-pull.x", namespace: "edge-a", ...metadata },
});

it("takes away what nobody waits for, also where nobody owns it, and leaves alone what EdgeAgent has not made", async () => {
  const own = pullerLabels(installation.identity.installation.name, "iotedge-pull.x");
  await store.apply(foreign({ labels: own }));
  expect((await pass([])).steps).toEqual(["remove iotedge-pull.x"]);
  await store.apply(foreign({ labels: { app: "other" } }));
  expect((await pass([])).steps).toEqual([]);
});

const sensor = (tag: string, more: object = {}) =>
  modulesOf({ sensor: { settings: { image: `r/s:${tag}` }, ...more } });

describe("another image of a module that runs", () => {
  beforeEach(async () => {
    for (let count = 0; count < 3; count++) await pass(sensor("1"));
  });

  it("is fetched first; then the old pod goes, and what has fetched it", async () => {
    expect(await pass(sensor("2"))).toEqual({ steps: ["create iotedge-pull"], waiting: ["sensor"], failures: [] });
    expect(await pass(sensor("2"))).toEqual({ steps: [], waiting: ["sensor"], failures: [] });
    state = { terminated: { reason: "StartError" } };
    expect(await pass(sensor("2"))).toEqual({ steps: ["change sensor"], waiting: [], failures: [] });
    expect(await pass(sensor("2"))).toEqual({ steps: ["remove iotedge-pull"], waiting: [], failures: [] });
    expect(await pass(sensor("2"))).toEqual({ steps: [], waiting: [], failures: [] });
  });

  it("leaves the old one alone for as long as it cannot be fetched", async () => {
    await pass(sensor("none"));
    state = { waiting: { reason: "ImagePullBackOff", message: "not found" } };
    const failures = ["module sensor runs on as it is, since r/s:none cannot be fetched: ImagePullBackOff: not found"];
    for (let count = 0; count < 2; count++) {
      expect(await pass(sensor("none"))).toEqual({ steps: [], waiting: ["sensor"], failures });
    }
    state = undefined;
    expect((await pass(sensor("3"))).steps).toEqual(["create iotedge-pull", "remove iotedge-pull"]);
    expect((await pass(sensor("1"))).steps).toEqual(["remove iotedge-pull"]);
  });

  it("is not waited for where it takes the place of the old one", async () => {
    await pass(sensor("2"));
    const observed = observe();
    const conditions = [{ type: "PodScheduled", status: "False" }];
    const pods = [...observed.pullerPods].map(([name]): [string, readonly Pod[]] => {
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, status: { conditions } };
      return [name, [pod as unknown as Pod]];
    });
    const plans = plan(sensor("2"), installation, { ...observed, pullerPods: new Map(pods) }, settled);
    expect(steps(plans)).toEqual(["change sensor"]);
  });

  it("is not fetched for an identity that is not there", async () => {
    await store.remove(serviceAccounts, "sensor");
    expect((await pass(sensor("2"))).steps).toEqual(["create sensor"]);
  });
});

it("another proxy is fetched once for all", async () => {
  const modules = modulesOf({ a: { settings: { image: "r/a:1" } }, b: { settings: { image: "r/b:1" } } });
  for (let count = 0; count < 3; count++) await pass(modules);
  const { settings } = installation;
  const target = { ...installation, settings: { ...settings, proxy: { ...settings.proxy, image: "r/proxy:2" } } };
  expect(await pass(modules, target)).toEqual({ steps: ["create iotedge-pull"], waiting: ["a", "b"], failures: [] });
  state = { terminated: { reason: "StartError" } };
  expect((await pass(modules, target)).steps).toEqual(["change a", "change b"]);
  expect((await pass(modules, target)).steps).toEqual(["remove iotedge-pull"]);
});
