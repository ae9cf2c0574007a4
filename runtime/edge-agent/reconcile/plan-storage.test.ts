import { beforeEach, describe, expect, it } from "vitest";
import { labels, type VolumeSettings } from "#contract";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import type { Module } from "../../manifest/manifest.ts";
import {
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  type Secret,
  secrets,
} from "../../shared/kubernetes/kinds.ts";
import type { Installation } from "../mapping/installation.ts";
import { execute } from "./execute.ts";
import { byName, type Observed } from "./observed.ts";
import { planClaims, planPullSecret } from "./plan-storage.ts";
import { createSettledWrites, type SettledWrites } from "./settled-writes.ts";

let store: FakeObjectStore;
let settled: SettledWrites;
beforeEach(() => {
  store = new FakeObjectStore();
  settled = createSettledWrites();
});

function observe(): Observed {
  const none = new Map();
  const [pullSecret] = store.select(secrets);
  return {
    ...{
      serviceAccounts: none,
      services: none,
      deployments: none,
      jobs: none,
      leftJobs: new Set<string>(),
      modulePods: none,
      pullerPods: none,
    },
    claims: byName(store.select(persistentVolumeClaims)),
    ...(pullSecret === undefined ? {} : { pullSecret }),
  };
}

function withVolumes(volumes: Partial<VolumeSettings>): Installation {
  const { settings } = installation;
  const { modules } = settings;
  return {
    ...installation,
    settings: { ...settings, modules: { ...modules, volumes: { ...modules.volumes, ...volumes } } },
  };
}
const creating = withVolumes({ create: true });
const deleting = withVolumes({ create: true, deletion: "delete" });

const module = (volumeClaims?: object, Binds = ["data:/data"]) => ({
  settings: {
    image: "i:1",
    createOptions: { HostConfig: { Binds }, ...(volumeClaims && { "k8s-extensions": { volumeClaims } }) },
  },
});
const one = modulesOf({ broker: module() });

/** Writes what is planned, and answers what that was. */
async function claims(modules: readonly Module[], target = creating): Promise<readonly string[]> {
  const plans = planClaims(modules, target, observe());
  await execute(plans, store, settled);
  return plans.flatMap(({ actions }) => actions.map((action) => `${action.type} ${action.object.metadata.name}`));
}
const spec = (name: string) =>
  store.select(persistentVolumeClaims).find(({ metadata }) => metadata.name === name)?.spec;
const owners = (name: string) =>
  store.select(persistentVolumeClaims).find(({ metadata }) => metadata.name === name)?.metadata.ownerReferences ?? [];

describe("claims", () => {
  it("are left to others unless the installation says so", async () => {
    expect(await claims(one, installation)).toEqual([]);
  });

  it("are made once, without an owner that they would be deleted with", async () => {
    expect(await claims(one)).toEqual(["apply data"]);
    expect(spec("data")).toEqual({ accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } });
    expect(owners("data")).toEqual([]);
    expect(await claims(one)).toEqual([]);
  });

  it("are of the size, class and access mode that the module asks for", async () => {
    const asked = { size: "8Gi", storageClassName: "fast", accessMode: "ReadWriteMany" };
    await claims(modulesOf({ broker: module({ data: asked }), reader: module() }));
    expect(spec("data")).toEqual({
      accessModes: ["ReadWriteMany"],
      storageClassName: "fast",
      resources: { requests: { storage: "8Gi" } },
    });
  });

  it("grow, and never shrink, and keep the rest", async () => {
    await claims(modulesOf({ broker: module({ data: { size: "2Gi", accessMode: "ReadWriteMany" } }) }));
    expect(await claims(modulesOf({ broker: module({ data: { size: "1Gi" } }) }))).toEqual([]);
    expect(await claims(modulesOf({ broker: module({ data: { size: "2048Mi" } }) }))).toEqual([]);
    expect(await claims(modulesOf({ broker: module({ data: { size: "3Gi" } }) }))).toEqual(["apply data"]);
    expect(spec("data")).toEqual({ accessModes: ["ReadWriteMany"], resources: { requests: { storage: "3Gi" } } });
  });

  it("of others are used and never touched", async () => {
    const storage = { requests: { storage: "1Mi" } };
    const metadata = { name: "data", labels: { [labels.instance]: "plant-7" } };
    store.put({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata,
      spec: { resources: storage },
    } as PersistentVolumeClaim);
    expect(await claims(one)).toEqual([]);
    expect(await claims([], deleting)).toEqual([]);
  });

  it("stay when no module names them, unless the installation says otherwise", async () => {
    await claims(one);
    expect(await claims([])).toEqual([]);
    expect(await claims(one, deleting)).toEqual(["apply data"]);
    expect(owners("data").map(({ uid }) => uid)).toEqual(["owner-uid"]);
    expect(await claims([], deleting)).toEqual(["remove data"]);
  });

  it("that were to be deleted stay once they are to be retained", async () => {
    await claims(one, deleting);
    const [plan] = planClaims(one, creating, observe());
    expect(plan?.actions.map(({ object }) => object.metadata.ownerReferences)).toEqual([undefined]);
    expect(await claims([], creating)).toEqual([]);
  });
});

describe("the pull Secret", () => {
  const registries = [{ address: "r.example.com", username: "u", password: "p" }];
  const { settings } = installation;
  const allowed = {
    ...installation,
    settings: { ...settings, modules: { ...settings.modules, registryCredentials: true } },
  };
  const target = { ...allowed, credentials: { secretNames: [], registries } };

  async function written(wanted: Installation): Promise<readonly string[]> {
    const plans = planPullSecret(wanted, observe(), settled);
    await execute(plans, store, settled);
    return plans.flatMap(({ actions, failure }) => [
      ...actions.map((action) => action.type),
      ...(failure === undefined ? [] : [failure.code]),
    ]);
  }

  it("is written once, follows the manifest and goes with its credentials", async () => {
    expect(await written(target)).toEqual(["apply"]);
    expect(await written(target)).toEqual([]);
    const changed = [{ address: "r.example.com", username: "u", password: "q" }];
    expect(await written({ ...target, credentials: { secretNames: [], registries: changed } })).toEqual(["apply"]);
    expect(await written(allowed)).toEqual(["remove"]);
    expect(await written(allowed)).toEqual([]);
  });

  it("of somebody else is not touched", async () => {
    store.put({ apiVersion: "v1", kind: "Secret", metadata: { name: "edgeagent-registry-credentials" } } as Secret);
    expect(await written(target)).toEqual(["EDGE_AGENT_NAME_TAKEN"]);
    expect(await written(allowed)).toEqual([]);
  });
});
