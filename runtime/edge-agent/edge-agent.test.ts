import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataKeys, digestOfManifest, digestOfSettings, labels, objectNames } from "#contract";
import { FakeClock, settle } from "../../test/fakes/clock.ts";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { type FakeInformer, FakeObjectStore } from "../../test/fakes/object-store.ts";
import { agentSettings, iotedgedSettings } from "../../test/fakes/settings.ts";
import type { Notice } from "../shared/event-recorder.ts";
import { createHealth, type Health } from "../shared/health.ts";
import {
  configMaps,
  type Deployment,
  deployments,
  jobs,
  pods,
  serviceAccounts,
  services,
} from "../shared/kubernetes/kinds.ts";
import { createLogger } from "../shared/logger.ts";
import { createEdgeAgent, type EdgeAgent } from "./edge-agent.ts";
import type { Informers } from "./informers.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { Platform } from "./status/platform.ts";

const sensor = { settings: { image: "registry.example.com/sample:1.0" } };

let store: FakeObjectStore;
let clock: FakeClock;
let health: Health;
let metrics: Metrics;
let notices: Notice[];
let informers: Informers;
let settings: typeof agentSettings;
let readPlatform: () => Promise<Platform>;
let requirePermissions: () => Promise<void>;
let agent: EdgeAgent;

beforeEach(() => {
  store = new FakeObjectStore();
  clock = new FakeClock();
  health = createHealth(["permissions", "watches"]);
  metrics = createMetrics();
  notices = [];
  settings = agentSettings;
  readPlatform = async () => ({ os: "Kubernetes", architecture: "[]" });
  requirePermissions = async () => {};
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: objectNames.iotedged } });
  informers = {
    manifest: store.informer(configMaps, { fieldSelector: `metadata.name=${objectNames.deployment}` }),
    serviceAccounts: store.informer(serviceAccounts),
    services: store.informer(services),
    deployments: store.informer(deployments),
    pods: store.informer(pods),
    jobs: store.informer(jobs),
  };
  agent = start();
});
afterEach(() => agent.stop());

function start(): EdgeAgent {
  return createEdgeAgent({
    runtimeVersion: "0.1.0",
    identity: iotedgedSettings,
    settings: () => settings,
    informers,
    store,
    events: { record: (notice) => void notices.push(notice) },
    requirePermissions: () => requirePermissions(),
    readPlatform: () => readPlatform(),
    health,
    metrics,
    clock,
    random: () => 0.5,
    logger: createLogger({ component: "t", level: "silent" }),
  });
}

function declare(modules: object | string): void {
  const text = typeof modules === "string" ? modules : manifestText(modules);
  const metadata = { name: objectNames.deployment };
  store.put({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { [dataKeys.deployment]: text } } as never);
}
async function run(modules: object | string): Promise<void> {
  declare(modules);
  await agent.start();
  await clock.advance(5000);
}
/** The state of the sensor's container, as its pod tells it. */
function becomes(state: object): void {
  const containerStatuses = [{ name: "sensor", ready: true, restartCount: 0, state }];
  const metadata = { name: "sensor-1", labels: { [labels.module]: "sensor" } };
  store.put({ apiVersion: "v1", kind: "Pod", metadata, status: { phase: "Running", containerStatuses } } as never);
}
async function status() {
  const found = await store.get(configMaps, objectNames.status);
  return JSON.parse(found?.data?.[dataKeys.status] ?? "{}");
}
const names = () => store.select(deployments).map(({ metadata }) => metadata.name);
const reasons = () => notices.map(({ reason }) => reason);
const metric = async (name: string) => (await metrics.registry.getSingleMetricAsString(name)).split("\n").slice(2);

describe("EdgeAgent", () => {
  it("brings a manifest about, reports it and then rests", async () => {
    await run({ sensor, hub: sensor });
    expect(names()).toEqual(["sensor", "hub"]);
    expect(await status()).toMatchObject({
      lastDesiredStatus: { code: 200 },
      runtime: { platform: { architecture: "[]" } },
      systemModules: { edgeAgent: { settings: { image: agentSettings.edgeAgent.image } } },
      modules: { sensor: { status: "running" }, hub: { status: "running" } },
    });
    expect(reasons()).toEqual(["ManifestAccepted", "ModuleCreated", "ModuleCreated"]);
    const writes = store.writes.length;
    await clock.advance(60 * 60_000);
    expect(store.writes).toHaveLength(writes);
    expect(await metric("iotedge_reconcile_writes_total")).toContain(
      'iotedge_reconcile_writes_total{kind="Deployment",cause="create"} 2',
    );
  });

  it("is ready once its rights are proven and its watches are fresh, and not when they fall silent", async () => {
    requirePermissions = () => Promise.reject(new Error("lacks create pods"));
    await run({ sensor });
    expect(health.ready).toBe(false);
    expect(health.conditions).toContainEqual({ name: "permissions", ok: false, reason: "lacks create pods" });
    requirePermissions = async () => {};
    for (const informer of Object.values(informers)) informer.lastContact = clock.now();
    await clock.advance(60_000);
    expect(health.ready).toBe(true);
    await clock.advance(8 * 60_000);
    expect(health.ready).toBe(false);
    expect(await metric("iotedge_watch_last_event_seconds")).toHaveLength(6);
  });

  it("follows the pods of its modules", async () => {
    await run({ sensor });
    expect((await status()).modules.sensor.runtimeStatus).toBe("unknown");
    becomes({ running: { startedAt: "now" } });
    await clock.advance(1000);
    expect((await status()).modules.sensor.runtimeStatus).toBe("running");
    const failed = () => notices.filter(({ reason }) => reason === "ModuleFailed").map(({ note }) => note);
    expect(failed()).toEqual([]);
    becomes({ terminated: { exitCode: 3, reason: "Error" } });
    await clock.advance(60 * 60_000);
    expect(failed()).toEqual(["module sensor: Module Failed reason: exit code 3"]);
    expect(await metric("iotedge_modules")).toContain('iotedge_modules{status="failed"} 1');
  });

  it("tells what it has acted on, once it has", async () => {
    const digest = (modules: object) => digestOfManifest(manifestText(modules));
    await run({ sensor });
    const first = { manifest: digest({ sensor }), settings: digestOfSettings(agentSettings) };
    expect((await status()).observed).toEqual(first);
    const apply = store.apply.bind(store);
    const held = Promise.withResolvers<void>();
    store.apply = async (object) => {
      if (object.kind !== "ConfigMap") await held.promise;
      return apply(object);
    };
    declare({ sensor, hub: sensor });
    await clock.advance(1000);
    becomes({ running: { startedAt: "now" } });
    await clock.advance(1000);
    expect(await status()).toMatchObject({ modules: { sensor: { runtimeStatus: "running" } }, observed: first });
    held.resolve();
    await settle();
    await clock.advance(5000);
    expect((await status()).observed).toEqual({ ...first, manifest: digest({ sensor, hub: sensor }) });
  });

  it("keeps what runs when the next manifest is bad, and tells each problem", async () => {
    await run({ sensor });
    declare({ sensor: { ...sensor, status: "sleeping" }, hub: {} });
    await clock.advance(5000);
    expect(names()).toEqual(["sensor"]);
    expect((await status()).lastDesiredStatus.code).toBe(400);
    expect(notices.filter(({ reason }) => reason === "ManifestRefused").map(({ note }) => note)).toEqual([
      expect.stringContaining("sleeping"),
      expect.stringContaining("modules.hub.settings.image"),
    ]);
  });

  it("tells which modules have less than the hardened defaults", async () => {
    const HostConfig = { ReadonlyRootfs: false, CapAdd: ["NET_BIND_SERVICE"] };
    await run({ sensor, hub: { settings: { ...sensor.settings, createOptions: { HostConfig } } } });
    const sysctl = "sysctl net.ipv4.ip_unprivileged_port_start";
    const relaxed = ["writable root file system", "capability NET_BIND_SERVICE", sysctl];
    expect((await status()).modules.hub.relaxedSecurity).toEqual(relaxed);
    expect((await status()).modules.sensor.relaxedSecurity).toBeUndefined();
    const told = notices.filter(({ reason }) => reason === "SecurityRelaxed").map(({ note }) => note);
    expect(told).toEqual([`module hub has ${relaxed.join(", ")}`]);
  });

  it("keeps a module running until its new image is there, and has not acted on the manifest before", async () => {
    await run({ sensor });
    const [before] = store.select(deployments);
    if (before === undefined) throw new Error("no Deployment");
    store.put({ ...before, status: { readyReplicas: 1 } });
    const seen = (await status()).observed;
    declare({ sensor: { settings: { image: "registry.example.com/sample:2.0" } } });
    await clock.advance(5000);
    const [puller] = names().filter((name) => name !== "sensor");
    expect(puller).toMatch(/^iotedge-pull[.]/);
    expect((await status()).modules.sensor.statusDescription).toBe("Runs on as it is while its new image is fetched");
    expect((await status()).observed).toEqual(seen);
    const containerStatuses = [{ name: "image-1", state: { terminated: { reason: "StartError" } } }];
    const spec = { containers: [{ name: "image-1" }] };
    const metadata = { name: "pull-1", labels: { [labels.puller]: puller } };
    store.put({ apiVersion: "v1", kind: "Pod", metadata, spec, status: { containerStatuses } } as never);
    await clock.advance(5000);
    expect(names()).toEqual(["sensor"]);
    const [after] = store.select(deployments);
    expect(after?.spec?.template.spec?.containers[0]?.image).toBe("registry.example.com/sample:2.0");
    expect((await status()).observed).not.toEqual(seen);
    expect(notices.filter(({ note }) => note.includes("iotedge-pull"))).toEqual([]);
  });

  it("starts a module after those of a lower order, or after a minute or two", async () => {
    await run({ sensor, hub: { ...sensor, startupOrder: 0 } });
    expect(names()).toEqual(["hub"]);
    expect((await status()).modules.sensor.statusDescription).toBe("Waits for modules of a lower startupOrder");
    await clock.advance(180_000);
    expect(names()).toEqual(["hub", "sensor"]);
  });

  it("starts a module as soon as those of a lower order run", async () => {
    await run({ sensor, hub: { ...sensor, startupOrder: 0 } });
    const [hub] = store.select(deployments);
    if (hub === undefined) throw new Error("no Deployment");
    store.put({ ...hub, status: { readyReplicas: 1 } });
    await clock.advance(1000);
    expect(names()).toEqual(["hub", "sensor"]);
  });

  it("names the version that stays in force", async () => {
    await run({ sensor });
    expect((await status()).versionInForce).toBeUndefined();
    declare("{");
    await clock.advance(5000);
    const { versionInForce, lastDesiredVersion } = await status();
    expect(versionInForce).toBeGreaterThan(0);
    expect(lastDesiredVersion).toBeGreaterThan(versionInForce);
  });

  it("changes nothing before it saw a good manifest", async () => {
    store.put({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "old" } });
    await run("{");
    expect(names()).toEqual(["old"]);
    expect((await status()).lastDesiredStatus.code).toBe(400);
  });

  it("reports what runs beside a bad manifest after a restart, and leaves it alone", async () => {
    await run({ sensor, task: { ...sensor, restartPolicy: "never", status: "stopped" } });
    await agent.stop();
    const before = store.writes.length;
    agent = start();
    await run({ sensor: {} });
    const { modules, lastDesiredStatus } = await status();
    expect(lastDesiredStatus).toMatchObject({
      code: 400,
      description: expect.stringContaining("modules.sensor.settings"),
    });
    expect(modules).toMatchObject({
      sensor: { status: "running", restartPolicy: "always", settings: sensor.settings },
      task: { status: "stopped", runtimeStatus: "stopped", restartPolicy: "never" },
    });
    expect(store.writes.slice(before).filter(({ name }) => name !== objectNames.status)).toEqual([]);
    declare({ sensor });
    await clock.advance(5000);
    expect([names(), store.select(jobs)]).toEqual([["sensor"], []]);
  });

  it("judges the manifest again when the policy changes", async () => {
    const HostConfig = { NetworkMode: "host" };
    await run({ sensor: { settings: { ...sensor.settings, createOptions: { HostConfig } } } });
    expect((await status()).lastDesiredStatus.code).toBe(400);
    const { modules } = agentSettings;
    settings = { ...agentSettings, modules: { ...modules, policy: { ...modules.policy, hostNetwork: true } } };
    agent.settingsChanged();
    await clock.advance(5000);
    expect((await status()).modules.sensor.relaxedSecurity).toEqual(["network of the node"]);
  });

  it("writes nothing while the owner of the objects is not there", async () => {
    store.take("ServiceAccount", objectNames.iotedged);
    await run({ sensor });
    expect(store.writes).toEqual([]);
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: objectNames.iotedged } });
    await clock.advance(5000);
    expect(names()).toEqual(["sensor"]);
  });

  it("repairs, removes and changes, and tells so", async () => {
    await run({ sensor, hub: sensor });
    store.take("Deployment", "sensor");
    await clock.advance(1000);
    declare({ sensor });
    await clock.advance(1000);
    settings = { ...agentSettings, proxy: { ...agentSettings.proxy, image: "registry.example.com/proxy:2" } };
    agent.settingsChanged();
    await clock.advance(1000);
    expect(names()).toEqual(["sensor"]);
    expect(reasons().slice(3)).toEqual(["ModuleCreated", "ManifestAccepted", "ModuleRemoved", "ModuleChanged"]);
  });

  it("waits for a Job to go that it may not delete, instead of running its module twice", async () => {
    const { jobs: _, ...others } = informers;
    informers = others;
    settings = { ...agentSettings, modules: { ...agentSettings.modules, jobs: false } };
    agent = start();
    const owner = { apiVersion: "batch/v1", kind: "Job", name: "task", uid: "u" };
    const metadata = { name: "task-1", labels: { [labels.module]: "task" }, ownerReferences: [owner] };
    store.put({ apiVersion: "v1", kind: "Pod", metadata, status: { phase: "Running" } } as never);
    await run({ sensor, task: { ...sensor, restartPolicy: "never" } });
    expect(names()).toEqual(["sensor"]);
    expect((await status()).modules.task.statusDescription).toContain("Job task, which EdgeAgent may not delete");
    expect(notices.find(({ reason }) => reason === "ModuleFailed")?.note).toContain("module task");
    store.take("Pod", "task-1");
    await clock.advance(1000);
    expect(names()).toEqual(["sensor", "task"]);
  });

  it("reports a module that cannot be deployed, and tries again", async () => {
    declare({ sensor });
    await agent.start();
    store.failNext(new Error("exceeded quota"));
    await clock.advance(100);
    expect(reasons()).toContain("ModuleFailed");
    expect(await metric("iotedge_reconcile_total")).toContain('iotedge_reconcile_total{result="error"} 1');
    await clock.advance(60_000);
    expect(names()).toEqual(["sensor"]);
    expect((await status()).lastDesiredStatus.code).toBe(200);
  });

  it("reports without the platform until iotedged tells it", async () => {
    readPlatform = () => Promise.reject(new Error("not yet"));
    await run({ sensor });
    expect((await status()).runtime.platform.architecture).toBe("unknown");
    readPlatform = async () => ({ os: "Kubernetes", architecture: "amd64" });
    await clock.advance(120_000);
    expect((await status()).runtime.platform.architecture).toBe("amd64");
  });

  it("decides on nothing older than its own writes", async () => {
    const lagging = informers.deployments as FakeInformer<Deployment>;
    const written = () => store.writes.filter(({ kind }) => kind === "Deployment").length;
    declare({ sensor });
    await agent.start();
    lagging.freeze();
    await clock.advance(1000);
    expect(written()).toBe(1);
    agent.settingsChanged();
    await clock.advance(3000);
    expect(written()).toBe(1);
    lagging.thaw();
    await clock.advance(60_000);
    expect(written()).toBe(1);
  });
});

it("ends in order when it is stopped before the API server has answered", async () => {
  const { promise: listed, reject } = Promise.withResolvers<void>();
  const stop = () => reject(new Error("the informer was stopped"));
  informers = { ...informers, pods: { ...store.informer(pods), start: () => listed, stop } as never };
  agent = start();
  const started = agent.start();
  await settle();
  await agent.stop();
  expect(await started).toBe(false);
  expect(health.ready).toBe(false);
});
