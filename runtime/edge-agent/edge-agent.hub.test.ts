import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "#base";
import { dataKeys, type HubRecord, objectNames } from "#contract";
import { type FakeClock, settle } from "../../test/fakes/clock.ts";
import { FakeLeaseStore } from "../../test/fakes/lease-store.ts";
import { FakeObjectStore } from "../../test/fakes/object-store.ts";
import { agentSettings, iotedgedSettings } from "../../test/fakes/settings.ts";
import { useInstallation } from "../../test/iot-hub/test/installation.ts";
import { connectPacket, openMqtt } from "../../test/iot-hub/test/raw-mqtt.ts";
import { waitFor } from "../../test/support/wait-for.ts";
import type { Notice } from "../shared/event-recorder.ts";
import { createHealth } from "../shared/health.ts";
import { configMaps, deployments, pods, serviceAccounts, services } from "../shared/kubernetes/kinds.ts";
import { joinElection } from "../shared/leader-election/leader-election.ts";
import { createLogger } from "../shared/logger.ts";
import { createEdgeAgent, type EdgeAgent, type EdgeAgentOptions } from "./edge-agent.ts";
import { accessTo, agentKey, giveAgentKey } from "./hub/test/hub-access.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

const hubOf = useInstallation({ hubs: ["hub.test", "hub2.test"] });
const logger = createLogger({ component: "t", level: "silent" });
const sensor = { type: "docker", settings: { image: "registry.example.com/sample:1.0" } };

let store: FakeObjectStore;
let clock: FakeClock;
let metrics: Metrics;
let notices: Notice[];
let running: Set<EdgeAgent>;

beforeEach(() => {
  ({ clock } = hubOf());
  store = new FakeObjectStore();
  notices = [];
  running = new Set();
  giveAgentKey(hubOf().fake, "d1");
  store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: objectNames.iotedged } });
});
afterEach(() => Promise.all([...running].map(stop)));

async function stop(agent: EdgeAgent): Promise<void> {
  running.delete(agent);
  await agent.stop();
}

async function start(more: Partial<EdgeAgentOptions> = {}): Promise<EdgeAgent> {
  const { fake, ports } = hubOf();
  metrics = createMetrics();
  const agent = createEdgeAgent({
    runtimeVersion: "0.1.0",
    identity: { ...iotedgedSettings, deviceId: "d1", hubHostname: "hub.test" },
    settings: () => agentSettings,
    informers: {
      serviceAccounts: store.informer(serviceAccounts),
      services: store.informer(services),
      deployments: store.informer(deployments),
      pods: store.informer(pods),
    },
    store,
    events: { record: (notice) => void notices.push(notice) },
    requirePermissions: async () => {},
    readPlatform: async () => ({ os: "Kubernetes", architecture: "[]" }),
    hub: accessTo({ fake, port: ports.mqtt, deviceId: "d1", registry: metrics.registry }),
    health: createHealth(["permissions", "watches"]),
    metrics,
    clock,
    random: () => 0.5,
    logger,
    ...more,
  });
  running.add(agent);
  await agent.start();
  return agent;
}

const identity = () => hubOf().hub.registry.module("d1", "$edgeAgent");
const desire = (desired: JsonObject) => identity().twin.replace({ desired });
const desireModules = (modules: JsonObject) => desire({ schemaVersion: "1.1", modules });
const names = () => store.select(deployments).map(({ metadata }) => metadata.name);
const reasons = () => notices.map(({ reason }) => reason);
// biome-ignore lint/suspicious/noExplicitAny: reported properties are an open document
const reported = () => identity().twin.valueOf("reported") as any;
/** Lets time pass, in which EdgeAgent works, until something is so. */
const until = (what: string, look: () => boolean) =>
  waitFor(what, async () => {
    if (look()) return true;
    await clock.advance(1000);
    return undefined;
  });
const version = () => identity().twin.versionOf("desired");
const reports = (code: number) =>
  until(`${code}`, () => {
    const { lastDesiredStatus, lastDesiredVersion } = reported();
    return lastDesiredStatus?.code === code && lastDesiredVersion === version();
  });
const isConnected = () => hubOf().hub.connections.get("d1/$edgeAgent") !== undefined;

describe("EdgeAgent of a connected installation", () => {
  it("runs the modules that the hub desires, and reports them", async () => {
    desireModules({ sensor });
    await start();
    await reports(200);
    await until("the sensor to be told", () => reported().modules?.sensor !== undefined);
    expect(names()).toEqual(["sensor"]);
    expect(reported()).toMatchObject({
      schemaVersion: "1.0",
      runtime: { platform: { os: "Kubernetes" } },
      systemModules: { edgeAgent: { type: "docker" } },
      modules: { sensor: { status: "running", settings: { image: sensor.settings.image } } },
    });
    expect(reasons()).toEqual(expect.arrayContaining(["HubConnected", "ManifestAccepted", "ModuleCreated"]));
    desireModules({ other: sensor });
    await until("the other module", () => names().join() === "other");
    await until("its report", () => Object.keys(reported().modules).join() === "other");
  });

  it("tells in the cluster how it stands with the hub, and which version the hub has been told of", async () => {
    desireModules({ sensor });
    await start();
    const told = async () => {
      const status = await store.get(configMaps, objectNames.status);
      return JSON.parse(status?.data?.[dataKeys.status] ?? "{}").hub ?? {};
    };
    const tells = (wanted: object) =>
      waitFor(JSON.stringify(wanted), async () => {
        await clock.advance(1000);
        return isDeepStrictEqual({ ...(await told()), ...wanted }, await told()) || undefined;
      });
    await tells({ state: "connected", desiredVersion: version(), reportedVersion: version() });
    desireModules({ sensor: { type: "docker", settings: {} } });
    await tells({ desiredVersion: version(), reportedVersion: version() });
    hubOf().hub.faults.away = true;
    await tells({ state: "disconnected", desiredVersion: version(), reportedVersion: version() });
    const { problem, since } = await told();
    expect(problem.code).toMatch(/^EDGE_HUB_CONNECTION_/);
    await clock.advance(300_000);
    expect((await told()).since).toBe(since);
    hubOf().hub.faults.away = false;
    await tells({ state: "connected" });
    expect(await told()).not.toHaveProperty("problem");
  });

  it("keeps what runs when what is desired is refused or empty, and says which of both", async () => {
    desireModules({ sensor });
    await start();
    await reports(200);
    desireModules({ sensor: { type: "docker", settings: {} }, next: sensor });
    await reports(400);
    expect(reported().lastDesiredStatus.description).toContain("modules.sensor.settings.image");
    desire({ modules: { next: sensor } });
    await reports(412);
    desire({});
    await reports(417);
    expect(names()).toEqual(["sensor"]);
    expect(notices.find(({ reason }) => reason === "ManifestRefused")?.regarding).toMatchObject({ kind: "Deployment" });
  });

  it("changes nothing before it has read the desired properties since its start", async () => {
    desireModules({ sensor });
    const first = await start();
    await reports(200);
    await stop(first);
    hubOf().hub.faults.away = true;
    desireModules({ other: sensor });
    await start();
    await until("an attempt", () => reasons().includes("HubDisconnected"));
    await clock.advance(60_000);
    expect(names()).toEqual(["sensor"]);
    const status = await store.get(configMaps, objectNames.status);
    expect(JSON.parse(status?.data?.[dataKeys.status] ?? "{}").lastDesiredStatus.code).toBe(406);
    hubOf().hub.faults.away = false;
    await until("the other module", () => names().join() === "other");
  });

  it("answers direct methods", async () => {
    await start();
    await until("a connection", isConnected);
    const call = hubOf().hub.methods.invoke(identity(), { methodName: "Ping", connectTimeoutInSeconds: 30 });
    expect(await call).toEqual({ status: 200, payload: null });
  });

  it("reports again what the hub had no time for, and joins what changes in a second", async () => {
    desireModules({ sensor });
    hubOf().hub.faults.inject("report", { status: 429 }, 2);
    await start();
    await reports(200);
    await until("rest", () => reported().modules?.sensor !== undefined);
    const { values } = (await metrics.registry.getSingleMetric("iotedge_hub_reports_total")?.get()) ?? { values: [] };
    expect(values.find(({ labels }) => labels.result === "delayed")?.value).toBe(2);
  });

  it("says that another client connects as this device, and comes back less often", async () => {
    await start();
    for (let times = 1; times <= 3; times++) {
      await until("a connection", isConnected);
      await settle();
      await until("the twin to be read", () => reasons().includes("HubConnected"));
      const rival = await openMqtt(hubOf());
      rival.send(connectPacket("d1/$edgeAgent", hubOf().token("devices/d1/modules/$edgeAgent", { key: agentKey })));
      await rival.next("connack");
      rival.end();
      await until("the end", () => !isConnected());
      if (times < 3) await clock.advance(4000);
    }
    await until("the Event", () => reasons().includes("HubContested"));
  });
});

describe("EdgeAgent that stands by", () => {
  let leases: FakeLeaseStore;
  const join =
    (name: string): EdgeAgentOptions["joinElection"] =>
    (_, lead) =>
      joinElection({ leases, identity: name, lead, clock, random: () => 0.5, log: logger });

  beforeEach(() => {
    leases = new FakeLeaseStore();
  });

  it("does not connect before it leads", async () => {
    const first = await start({ joinElection: join("first") as never });
    await until("a connection", isConnected);
    await start({ joinElection: join("second") as never });
    await clock.advance(30_000);
    const connects = () =>
      hubOf().fake.journal.entries.filter(({ what, outcome }) => what === "CONNECT" && outcome === "accepted").length;
    expect(connects()).toBe(1);
    await stop(first);
    await until("the other's connection", () => connects() === 2);
  });

  it("brings back nothing of its earlier term when it leads again, and the hub is away", async () => {
    let isCutOff = false;
    const put = leases.put.bind(leases);
    leases.put = async (lease) => {
      if (isCutOff && lease.spec?.holderIdentity === "first") throw new Error("cut off");
      return put(lease);
    };
    desireModules({ sensor });
    await start({ joinElection: join("first") as never });
    await until("the sensor", () => names().join() === "sensor");
    const second = await start({ joinElection: join("second") as never });
    isCutOff = true;
    await until("the second's term", () => leases.current?.spec?.holderIdentity === "second");
    desireModules({ other: sensor });
    await until("the other module", () => names().join() === "other");
    hubOf().hub.faults.away = true;
    isCutOff = false;
    await stop(second);
    notices = [];
    await until("the first's second term", () => leases.current?.spec?.holderIdentity === "first");
    await until("an attempt", () => reasons().includes("HubDisconnected"));
    await clock.advance(60_000);
    expect(names()).toEqual(["other"]);
    hubOf().hub.faults.away = false;
    desireModules({ next: sensor });
    await until("the next module", () => names().join() === "next");
  });
});

describe("EdgeAgent of a device that a provisioning service assigns", () => {
  let record: HubRecord;
  const environment = () =>
    Object.fromEntries(
      (store.select(deployments)[0]?.spec?.template.spec?.containers ?? []).flatMap(({ env = [] }) =>
        env.map(({ name, value }) => [name, value]),
      ),
    );

  /** @param tokenLife seconds */
  async function begin(tokenLife = 3600): Promise<void> {
    const { fake, ports } = hubOf();
    const { deviceId: _, hubHostname: __, ...identity } = iotedgedSettings;
    const { registry } = createMetrics();
    const access = accessTo({ fake, port: ports.mqtt, deviceId: "d1", registry, tokenLife });
    await start({
      identity,
      hub: {
        ...access,
        record: async () => record,
        identify: async () => ({ ...(await access.identify()), hubHostname: record.hubHostname ?? "" }),
      },
    });
  }

  beforeEach(() => {
    record = { state: "connecting", since: "", identities: [] };
    desireModules({ sensor });
  });

  it("starts nothing before it is assigned, and tells modules the hub of the assignment", async () => {
    await begin();
    await clock.advance(60_000);
    expect(names()).toEqual([]);
    record = { ...record, hubHostname: "hub.test", deviceId: "d1" };
    await until("the sensor", () => names().join() === "sensor");
    expect(environment()).toMatchObject({ IOTEDGE_IOTHUBHOSTNAME: "hub.test", IOTEDGE_DEVICEID: "d1" });
  });

  const other = () => {
    const [, hub] = hubOf().fake.hubs;
    if (hub === undefined) throw new Error("there is one hub alone");
    return hub;
  };
  const isInOther = () => other().connections.get("d1/$edgeAgent") !== undefined;
  /** The service has assigned the device to the other hub, where the state of its modules' identities is this. */
  function move(state: HubRecord["identities"][number]["state"]): void {
    const identities = [{ moduleId: "sensor", generationId: "g", state }];
    record = { ...record, hubHostname: "hub2.test", identities };
  }

  describe("and then to another hub", () => {
    beforeEach(() => {
      other().registry.putDevice("d1", { deviceId: "d1", capabilities: { iotEdge: true } }, undefined);
      giveAgentKey({ ...hubOf().fake, hub: other() }, "d1");
      other()
        .registry.module("d1", "$edgeAgent")
        .twin.replace({ desired: { schemaVersion: "1.1", modules: { sensor } } });
      record = { ...record, hubHostname: "hub.test", deviceId: "d1" };
    });

    it("follows it, with the modules' pods", async () => {
      await begin();
      await until("the sensor", () => names().join() === "sensor");
      move("ready");
      await until("the other hub", isInOther);
      await until("the pods", () => environment().IOTEDGE_IOTHUBHOSTNAME === "hub2.test");
      expect(isConnected()).toBe(false);
    });

    it("does not go there before the modules do, though its token ends", async () => {
      await begin(20);
      await until("the sensor", () => names().join() === "sensor");
      move("waiting");
      await until("the end of the token", () => reasons().includes("HubDisconnected"));
      expect(isInOther()).toBe(false);
      expect(environment().IOTEDGE_IOTHUBHOSTNAME).toBe("hub.test");
      move("ready");
      await until("the other hub", isInOther);
      await until("the pods", () => environment().IOTEDGE_IOTHUBHOSTNAME === "hub2.test");
    });
  });
});
