import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { annotations, formerModuleObjectName, labels, moduleLabels, moduleObjectName } from "#contract";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import type { KubernetesObject } from "../../base/kubernetes-objects.ts";
import type { Module } from "../../manifest/manifest.ts";
import {
  deployments,
  type Job,
  jobs,
  type Pod,
  persistentVolumeClaims,
  type Secret,
  secrets,
  serviceAccounts,
  services,
} from "../../shared/kubernetes/kinds.ts";
import { servicesOf } from "../mapping/service.ts";
import type { ModulePlan } from "./action.ts";
import { execute } from "./execute.ts";
import { byName, modulesWithJobPods, type Observed } from "./observed.ts";
import { plan } from "./plan.ts";
import { createSettledWrites, type SettledWrites } from "./settled-writes.ts";

const image = "registry.example.com/sample:1.0";
const sensor = { settings: { image } };
const hub = { settings: { image, createOptions: { ExposedPorts: { "8883/tcp": {} } } } };

let store: FakeObjectStore;
let settled: SettledWrites;

beforeEach(() => {
  store = new FakeObjectStore();
  settled = createSettledWrites();
});

function observe(): Observed {
  return {
    serviceAccounts: byName(store.select(serviceAccounts)),
    services: byName(store.select(services)),
    deployments: byName(store.select(deployments)),
    jobs: byName(store.select(jobs)),
    leftJobs: new Set(),
    modulePods: new Map(),
    pullerPods: new Map(),
    claims: byName(store.select(persistentVolumeClaims)),
    ...pullSecretOf(store.select(secrets)),
  };
}

const pullSecretOf = ([pullSecret]: Secret[]) => (pullSecret === undefined ? {} : { pullSecret });

const planned = (modules: readonly Module[], target = installation) => plan(modules, target, observe(), settled);
const steps = (plans: readonly ModulePlan[]) =>
  plans.flatMap(({ actions }) =>
    actions.map((action) => {
      const what = action.type === "apply" ? action.cause : action.type;
      return `${what} ${action.object.kind} ${action.object.metadata.name}`;
    }),
  );

const podOf = (kind: string, module = "sensor"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `${module}-1`,
    labels: { [labels.module]: module },
    ownerReferences: [{ apiVersion: "v1", kind, name: module, uid: "u" }],
  },
});

/** Plans and writes until nothing is left to do. */
async function converge(modules: readonly Module[]): Promise<number> {
  for (let pass = 0; pass < 5; pass++) {
    const plans = planned(modules);
    if (plans.length === 0) return pass;
    await execute(plans, store, settled);
  }
  throw new Error("does not converge");
}

describe("plan", () => {
  it("makes the identity first, and the Deployment once the identity has a UID", async () => {
    const modules = modulesOf({ hub });
    expect(steps(planned(modules))).toEqual(["create ServiceAccount hub", "create Service hub"]);
    await execute(planned(modules), store, settled);
    expect(steps(planned(modules))).toEqual(["create Deployment hub"]);
    await execute(planned(modules), store, settled);
    expect(planned(modules)).toEqual([]);
  });

  it("sees what the user changed, fields that are wanted no longer included", async () => {
    await converge(modulesOf({ hub }));
    const withArgs = { settings: { image, createOptions: { ...hub.settings.createOptions, Cmd: ["x"] } } };
    expect(steps(planned(modulesOf({ hub: withArgs })))).toEqual(["change Deployment hub"]);
    await converge(modulesOf({ hub: withArgs }));
    expect(steps(planned(modulesOf({ hub })))).toEqual(["change Deployment hub"]);
  });

  it("runs a module as Job or Deployment, and never as both", async () => {
    const task = (more: object = {}) => modulesOf({ sensor: { ...sensor, restartPolicy: "never", ...more } });
    await converge(modulesOf({ sensor }));
    expect(steps(planned(task()))).toEqual(["remove Deployment sensor"]);
    await execute(planned(task()), store, settled);
    expect(steps(planned(task()))).toEqual(["create Job sensor"]);
    await converge(task());
    expect(steps(planned(modulesOf({ sensor })))).toEqual(["remove Job sensor"]);
    await converge(modulesOf({ sensor }));
    expect(store.select(jobs)).toEqual([]);
  });

  it("makes a Job anew for another run, and not for other settings of the installation", async () => {
    const task = (more: object = {}) => modulesOf({ sensor: { ...sensor, restartPolicy: "never", ...more } });
    await converge(task());
    const settings = { ...installation.settings, logLevel: "debug" } as const;
    expect(steps(planned(task(), { ...installation, settings }))).toEqual([]);
    expect(steps(planned(task({ env: { A: { value: "1" } } })))).toEqual(["remove Job sensor"]);
    const [job] = store.select(jobs);
    if (job === undefined) throw new Error("no Job");
    store.put({ ...job, spec: { ...job.spec, suspend: true } } as typeof job);
    expect(steps(planned(task()))).toEqual(["repair Job sensor"]);
  });

  it("waits until a Job that is being deleted is gone", async () => {
    const task = (A: string) => modulesOf({ sensor: { ...sensor, restartPolicy: "never", env: { A: { value: A } } } });
    await converge(task("1"));
    const [job] = store.select(jobs);
    if (job === undefined) throw new Error("no Job");
    store.put({ ...job, metadata: { ...job.metadata, deletionTimestamp: "now" } });
    expect(steps(planned(task("2")))).toEqual([]);
    store.take("Job", "sensor");
    expect(steps(planned(task("2")))).toEqual(["create Job sensor"]);
  });

  it("touches no module whose Job it may not delete, be the module wanted or not", async () => {
    const task = modulesOf({ sensor: { ...sensor, restartPolicy: "never" } });
    await converge(task);
    store.take("Job", "sensor");
    const observed = { ...observe(), leftJobs: modulesWithJobPods([podOf("Job"), podOf("ReplicaSet", "hub")]) };
    for (const modules of [task, []]) {
      const [only, ...others] = plan(modules, installation, observed, settled);
      expect([only?.moduleId, only?.actions, others]).toEqual(["sensor", [], []]);
      expect(only?.failure?.code).toBe("EDGE_AGENT_JOB_LEFT");
    }
  });

  it("removes a Service that is wanted no longer, and all of a module that is gone, identity last", async () => {
    await converge(modulesOf({ hub, sensor }));
    expect(steps(planned(modulesOf({ hub: sensor, sensor })))).toEqual(["remove Service hub", "change Deployment hub"]);
    await converge(modulesOf({ hub: sensor, sensor }));
    expect(observe().services.get("hub")?.spec?.clusterIP).toBe("None");
    expect(steps(planned(modulesOf({ sensor })))).toEqual([
      "remove Deployment hub",
      "remove Service hub",
      "remove ServiceAccount hub",
    ]);
  });

  it("repairs drift, and takes additions of others for none", async () => {
    await converge(modulesOf({ sensor }));
    const [live] = store.select(deployments);
    if (live?.spec === undefined) throw new Error("no Deployment");
    store.put({ ...live, status: { replicas: 1 }, spec: { ...live.spec, paused: false } });
    expect(planned(modulesOf({ sensor }))).toEqual([]);
    store.put({ ...live, spec: { ...live.spec, replicas: 0 } });
    expect(steps(planned(modulesOf({ sensor })))).toEqual(["repair Deployment sensor"]);
  });

  it("does not fight over what the API server made of a write", async () => {
    const modules = modulesOf({ sensor });
    await converge(modules);
    const inject = () => {
      const [live] = store.select(deployments);
      live?.spec?.template.spec?.containers.push({ name: "injected" });
      if (live !== undefined) store.put(live);
      return live;
    };
    inject();
    const [action] = planned(modules)[0]?.actions ?? [];
    if (action === undefined) throw new Error("no repair");
    const answer = store.select(deployments)[0];
    if (answer !== undefined) settled.remember(action.object as typeof answer, answer);
    expect(planned(modules)).toEqual([]);
    inject();
    expect(steps(planned(modules))).toEqual(["repair Deployment sensor"]);
  });

  it("gives a module whose identity was made anew a new generation", async () => {
    await converge(modulesOf({ sensor }));
    store.take("ServiceAccount", "sensor");
    expect(steps(planned(modulesOf({ sensor })))).toEqual(["create ServiceAccount sensor"]);
    await execute(planned(modulesOf({ sensor })), store, settled);
    expect(steps(planned(modulesOf({ sensor })))).toEqual(["change Deployment sensor"]);
  });

  it("starts a module anew in the generation that is kept for its identity, and leaves the annotation alone", async () => {
    const kept = "7f0c5a52-9d2e-4a0b-8c9c-5a1d0f3e2b11";
    await converge(modulesOf({ sensor }));
    const [account] = store.select(serviceAccounts);
    if (account === undefined) throw new Error("no account");
    const notes = { ...account.metadata.annotations, [annotations.keptGeneration]: `sensor/${kept}` };
    store.put({ ...account, metadata: { ...account.metadata, annotations: notes } } as KubernetesObject);
    const plans = planned(modulesOf({ sensor }));
    expect(steps(plans)).toEqual(["change Deployment sensor"]);
    expect(JSON.stringify(plans)).toContain(`{"name":"IOTEDGE_MODULEGENERATIONID","value":"${kept}"}`);
  });

  it("waits for what is being deleted", async () => {
    await converge(modulesOf({ sensor }));
    const [live] = store.select(deployments);
    if (live === undefined) throw new Error("no Deployment");
    store.put({ ...live, metadata: { ...live.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    expect(planned(modulesOf({ sensor }))).toEqual([]);
    expect(steps(planned([]))).toEqual(["remove Service sensor", "remove ServiceAccount sensor"]);
  });

  it.each<[string, KubernetesObject["metadata"]]>([
    ["has no labels", { name: "sensor" }],
    [
      "is of another installation",
      { name: "sensor", labels: { [labels.module]: "sensor", [labels.instance]: "other" } },
    ],
  ])("leaves a Deployment alone that %s", (_, metadata) => {
    store.put({ apiVersion: "apps/v1", kind: "Deployment", metadata });
    expect(planned([])).toEqual([]);
    const [failed] = planned(modulesOf({ sensor }));
    expect(failed).toMatchObject({ moduleId: "sensor", actions: [], failure: { code: "EDGE_AGENT_NAME_TAKEN" } });
  });

  it("deletes nothing that iotedged's ServiceAccount does not own", async () => {
    await converge(modulesOf({ sensor }));
    const other = { ...installation, owner: { ...installation.owner, uid: "another" } };
    expect(plan([], other, observe(), settled)).toEqual([]);
  });
});

describe("a module that is found by a further name", () => {
  const OpcPlc = hub;

  it("loses it to the module whose id it is, which gets it once it is free", async () => {
    await converge(modulesOf({ OpcPlc }));
    expect(observe().services.get("opcplc")?.metadata.labels?.[labels.module]).toBe(moduleObjectName("OpcPlc"));
    expect(steps(planned(modulesOf({ OpcPlc, opcplc: hub })))).toContain("remove Service opcplc");
    await converge(modulesOf({ OpcPlc, opcplc: hub }));
    expect(observe().services.get("opcplc")?.metadata.labels?.[labels.module]).toBe("opcplc");
    expect(steps(planned(modulesOf({ OpcPlc, opcplc: hub })))).toEqual([]);
  });

  it("leaves it to whoever has made a Service of that name, and runs all the same", async () => {
    const mine = { apiVersion: "v1", kind: "Service", metadata: { name: "opcplc" }, spec: { ports: [{ port: 1 }] } };
    store.put(mine);
    await converge(modulesOf({ OpcPlc }));
    expect(observe().services.get("opcplc")?.spec).toEqual(mine.spec);
    expect(observe().deployments.size).toBe(1);
    await converge([]);
    expect([...observe().services.keys()]).toEqual(["opcplc"]);
  });

  it("loses it with itself", async () => {
    await converge(modulesOf({ OpcPlc }));
    await converge([]);
    expect([observe().services.size, observe().serviceAccounts.size]).toEqual([0, 0]);
  });
});

describe("execute", () => {
  it("goes on with the other modules when one fails, and says which", async () => {
    store.failNext(new Error("quota"));
    const effects = await execute(planned(modulesOf({ a: sensor, b: sensor })), store, settled);
    const failed = effects.filter((effect) => effect.type === "failed");
    expect(failed).toMatchObject([{ moduleId: "a", error: { code: "EDGE_AGENT_MODULE_FAILED" } }]);
    expect(String(failed[0]?.error)).toContain("quota");
    expect(store.select(serviceAccounts).map(({ metadata }) => metadata.name)).toEqual(["b"]);
  });
});

describe("any sequence of manifests and accidents", () => {
  const moduleSet = fc
    .uniqueArray(fc.constantFrom("a", "b", "Sensor One", "proxy", "default"), { maxLength: 5 })
    .chain((ids) =>
      fc.tuple(...ids.map((id) => fc.record({ id: fc.constant(id), ports: fc.boolean(), stopped: fc.boolean() }))),
    );
  const accident = fc.record({
    kind: fc.constantFrom("Deployment", "Service", "ServiceAccount"),
    pick: fc.nat(),
    change: fc.boolean(),
  });

  it("converges, and then nothing is written", async () => {
    const step = fc.record({ modules: moduleSet, accidents: fc.array(accident, { maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (history) => {
        store = new FakeObjectStore();
        settled = createSettledWrites();
        store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "bystander" } });
        for (const { modules, accidents } of history) {
          for (const { kind, pick, change } of accidents) befall(kind, pick, change);
          const wanted = modulesOf(Object.fromEntries(modules.map(({ id, ...flags }) => [id, entryOf(flags)])));
          await converge(wanted);
          const writes = store.writes.length;
          expect(planned(wanted)).toEqual([]);
          expect(store.writes).toHaveLength(writes);
          expect(observe().deployments.size).toBe(modules.length);
          const services = wanted.flatMap((module) => servicesOf(module, installation));
          expect([...observe().services.keys()].sort()).toEqual(services.map(({ metadata }) => metadata.name).sort());
          expect(observe().serviceAccounts.size).toBe(modules.length + 1);
        }
      }),
      { numRuns: 100 },
    );
  });

  function entryOf({ ports, stopped }: { ports: boolean; stopped: boolean }): object {
    return { status: stopped ? "stopped" : "running", ...(ports ? hub : sensor) };
  }

  /** Somebody deletes or changes one of the module objects. */
  function befall(kind: string, pick: number, change: boolean): void {
    const all = [...store.select(deployments), ...store.select(services), ...store.select(serviceAccounts)];
    const victims = all.filter((object) => object.kind === kind && object.metadata.labels !== undefined);
    const victim = victims[pick % Math.max(1, victims.length)];
    if (victim === undefined) return;
    if (!change) store.take(kind, victim.metadata.name);
    else store.put({ ...victim, metadata: { ...victim.metadata, annotations: {} } });
  }
});

describe("a module from before names had longer hashes", () => {
  const [module] = modulesOf({ "Second Sensor": hub }) as [Module];
  const former = formerModuleObjectName(module.id);
  const account = (moduleId: string) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      name: former,
      labels: moduleLabels(installation.identity.installation.name, former),
      annotations: { [annotations.moduleId]: moduleId },
      ownerReferences: [installation.owner],
    },
  });

  it("keeps its account, and with it its keys, and all that has its name", () => {
    store.put(account(module.id));
    const plans = planned([module]);
    expect(steps(plans)).toEqual([
      `change ServiceAccount ${former}`,
      `create Service ${former}`,
      "create Service second-sensor",
      `create Deployment ${former}`,
    ]);
    expect(JSON.stringify(plans)).not.toContain(moduleObjectName(module.id));
  });

  it("gets its new name once the account is gone", () => {
    store.put(account(module.id));
    store.take("ServiceAccount", former);
    expect(steps(planned([module]))[0]).toBe(`create ServiceAccount ${moduleObjectName(module.id)}`);
  });

  it("leaves an account that another module has, which is removed with that one", () => {
    store.put(account("Other Sensor"));
    expect(steps(planned([module]))).toEqual([
      `create ServiceAccount ${moduleObjectName(module.id)}`,
      `create Service ${moduleObjectName(module.id)}`,
      "create Service second-sensor",
      `remove ServiceAccount ${former}`,
    ]);
  });

  it("does not run again as a Job because hashes are longer now", () => {
    const [once] = modulesOf({ once: { ...sensor, restartPolicy: "never" } }) as [Module];
    for (const { actions } of planned([once])) for (const action of actions) store.put(action.object);
    const [job] = planned([once]).flatMap(({ actions }) => actions.map(({ object }) => object));
    const { metadata } = job as Job;
    const hash = metadata.annotations?.[annotations.configHash] ?? "";
    expect(hash).toMatch(/^[0-9a-f]{20}$/);
    const notes = {
      ...metadata.annotations,
      [annotations.configHash]: hash.slice(0, 16),
      [annotations.desiredHash]: "x",
    };
    store.put({ ...(job as Job), metadata: { ...metadata, annotations: notes } });
    expect(steps(planned([once]))).toEqual([]);
    store.put({ ...(job as Job), metadata: { ...metadata, annotations: { ...notes, [annotations.configHash]: "0" } } });
    expect(steps(planned([once]))).toEqual(["remove Job once"]);
  });
});
