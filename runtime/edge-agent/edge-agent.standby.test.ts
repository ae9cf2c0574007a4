import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataKeys, objectNames } from "#contract";
import { FakeClock, settle } from "../../test/fakes/clock.ts";
import { manifestText } from "../../test/fakes/edge-installation.ts";
import { FakeLeaseStore } from "../../test/fakes/lease-store.ts";
import { FakeObjectStore } from "../../test/fakes/object-store.ts";
import { agentSettings, iotedgedSettings } from "../../test/fakes/settings.ts";
import type { Notice } from "../shared/event-recorder.ts";
import { createHealth, type Health } from "../shared/health.ts";
import { configMaps, deployments, pods, serviceAccounts, services } from "../shared/kubernetes/kinds.ts";
import { joinElection } from "../shared/leader-election/leader-election.ts";
import { createLogger } from "../shared/logger.ts";
import { createEdgeAgent, type EdgeAgent } from "./edge-agent.ts";
import { createMetrics } from "./metrics.ts";

interface Replica {
  readonly agent: EdgeAgent;
  readonly health: Health;
  readonly notices: Notice[];
  leads(): Promise<boolean>;
}

const log = createLogger({ component: "t", level: "silent" });
const sensor = { settings: { image: "registry.example.com/sample:1.0" } };

let store: FakeObjectStore;
let leases: FakeLeaseStore;
let clock: FakeClock;
let running: Set<EdgeAgent>;

beforeEach(() => {
  store = new FakeObjectStore();
  leases = new FakeLeaseStore();
  clock = new FakeClock();
  running = new Set();
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: objectNames.iotedged } });
});
afterEach(() => Promise.all([...running].map(stop)));

async function stop(agent: EdgeAgent): Promise<void> {
  running.delete(agent);
  const done = agent.stop();
  await settle();
  await done;
}

function declare(modules: object): void {
  const data = { [dataKeys.deployment]: manifestText(modules) };
  store.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: objectNames.deployment }, data } as never);
}

async function start(name: string): Promise<Replica> {
  const metrics = createMetrics();
  const health = createHealth(["permissions", "watches"]);
  const notices: Notice[] = [];
  const informers = {
    manifest: store.informer(configMaps, { fieldSelector: `metadata.name=${objectNames.deployment}` }),
    serviceAccounts: store.informer(serviceAccounts),
    services: store.informer(services),
    deployments: store.informer(deployments),
    pods: store.informer(pods),
  };
  const agent = createEdgeAgent({
    ...{ runtimeVersion: "0.1.0", identity: iotedgedSettings, informers, store, health, metrics, clock, logger: log },
    settings: () => agentSettings,
    events: { record: (notice) => void notices.push(notice) },
    requirePermissions: async () => {},
    readPlatform: async () => ({ os: "Kubernetes", architecture: "[]" }),
    random: () => 0.5,
    joinElection: (_, lead) => joinElection({ leases, identity: name, lead, clock, random: () => 0.5, log }),
  });
  running.add(agent);
  await agent.start();
  for (const informer of Object.values(informers)) informer.lastContact = clock.now();
  await clock.advance(20_000);
  const leads = async () =>
    /^iotedge_leader 1$/m.test(await metrics.registry.getSingleMetricAsString("iotedge_leader"));
  return { agent, health, notices, leads };
}

const names = () => store.select(deployments).map(({ metadata }) => metadata.name);
const statusWrites = () => store.writes.filter(({ name }) => name === objectNames.status).length;

describe("a replica of EdgeAgent that stands by", () => {
  it("is ready, and writes and tells nothing", async () => {
    declare({ sensor });
    const first = await start("first");
    const writes = store.writes.length;
    const second = await start("second");
    expect([await first.leads(), await second.leads()]).toEqual([true, false]);
    expect([first.health.ready, second.health.ready]).toEqual([true, true]);
    expect(names()).toEqual(["sensor"]);
    declare({ sensor, hub: sensor });
    await clock.advance(5000);
    expect(names()).toEqual(["sensor", "hub"]);
    expect(store.writes.slice(writes).filter(({ kind }) => kind === "Deployment")).toHaveLength(1);
    expect(second.notices).toEqual([]);
  });

  it("takes over what the leader leaves, and tells what it finds", async () => {
    declare({ sensor });
    const first = await start("first");
    const second = await start("second");
    await stop(first.agent);
    const before = statusWrites();
    declare({ sensor, hub: sensor });
    await clock.advance(10_000);
    expect(await second.leads()).toBe(true);
    expect(names()).toEqual(["sensor", "hub"]);
    expect(statusWrites()).toBeGreaterThan(before);
    expect(second.notices.map(({ reason }) => reason)).toEqual(["ManifestAccepted", "ModuleCreated"]);
  });

  it("takes over when the leader cannot renew, which then writes no more", async () => {
    declare({ sensor });
    const first = await start("first");
    const second = await start("second");
    const { put, get } = leases;
    leases.put = async (lease) => {
      if (lease.spec?.holderIdentity === "first") throw new Error("cut off");
      return put.call(leases, lease);
    };
    leases.get = () => get.call(leases);
    await clock.advance(40_000);
    expect([await first.leads(), await second.leads()]).toEqual([false, true]);
    declare({ sensor, hub: sensor });
    await clock.advance(5000);
    expect(store.writes.filter(({ kind, name }) => kind === "Deployment" && name === "hub")).toHaveLength(1);
    expect(first.notices.map(({ reason }) => reason)).not.toContain("ModuleChanged");
  });

  it("waits for the installation's owner before it takes part", async () => {
    store.take("ServiceAccount", objectNames.iotedged);
    declare({ sensor });
    const only = await start("only");
    expect([await only.leads(), leases.writes]).toEqual([false, 0]);
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: objectNames.iotedged } });
    await clock.advance(5000);
    expect([await only.leads(), names()]).toEqual([true, ["sensor"]]);
  });
});
