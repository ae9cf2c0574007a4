import { createSecretKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#base";
import { annotations, dataKeys, type HubRecord, type IotedgedSettings } from "#contract";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { iotedgedSettings } from "../../../test/fakes/settings.ts";
import {
  createAuthority,
  type Enrollment,
  type FakeIotHub,
  type KeyPair,
  startFakeIotHub,
} from "../../../test/iot-hub/index.ts";
import { connectionStringOf } from "../../../test/iot-hub/judges/connection-string.ts";
import { connectTo } from "../../../test/support/hub-connection.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import { createEventRecorder } from "../../shared/event-recorder.ts";
import { createHealth, type Health } from "../../shared/health.ts";
import { configMaps, deployments, events, pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
import { createLogger } from "../../shared/logger.ts";
import { moduleKey } from "../keys/sign.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { type HubLink, linkHub } from "./hub-link.ts";

const root = temporaryDirectory();
const folder = join(root, "etc/iotedge/provisioning");
mkdirSync(folder, { recursive: true });
const rootKey = createSecretKey(Buffer.alloc(32, 5));

let fake: FakeIotHub;
let store: FakeObjectStore;
let health: Health;
let metrics: Metrics;
let link: HubLink | undefined;
let leading: boolean;

async function open(provisioning: boolean, settings: Partial<IotedgedSettings> = {}): Promise<HubLink | undefined> {
  const log = createLogger({ component: "iotedged", level: "fatal" });
  const informers = {
    ...{ serviceAccounts: store.informer(serviceAccounts), deployments: store.informer(deployments) },
    ...{ pods: store.informer(pods), replicas: store.informer(pods) },
  };
  link = await linkHub({
    ...{ root, keys: { rootKey }, health, metrics, log, clock: systemClock, random: () => 0 },
    settings: {
      ...iotedgedSettings,
      ...{ hubHostname: "hub.test", deviceId: "d1" },
      ...(provisioning && { provisioning: { source: "manual", trustedCas: [fake.caPem] } }),
      ...settings,
    },
    cluster: { informers, hubRecords: store },
    events: createEventRecorder({ store, controller: "c", instance: "i", clock: systemClock, log }),
    connect: connectTo(await fake.listen("https")),
  });
  return link;
}

beforeEach(async () => {
  fake = await startFakeIotHub({ hubs: ["hub.test", "hub2.test"], provisioning: { polls: 0, retryAfterSeconds: 1 } });
  fake.hub.registry.putDevice("d1", { deviceId: "d1", capabilities: { iotEdge: true } }, undefined);
  store = new FakeObjectStore("edge-a");
  for (const name of ["iotedged", "edgeagent"])
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, uid: `uid-${name}` } });
  health = createHealth([]);
  metrics = createMetrics();
  leading = true;
  writeFileSync(join(folder, "connectionString"), connectionStringOf(fake.hub, "d1"));
});

afterEach(async () => {
  await link?.stop();
  link = undefined;
  fake.journal.expectNoViolations();
  await fake.close();
});

const reasons = () => store.select(events).map(({ reason }) => reason);

describe("the way to the hub", () => {
  it("is not there where the installation stands alone", async () => {
    expect(await open(false)).toBeUndefined();
    expect(await metrics.registry.metrics()).not.toContain("iotedge_hub_");
  });

  it("gives the hub the keys that iotedged signs with, and tells so", async () => {
    const { status, led } = (await open(true)) as HubLink;
    expect((await status()).state).toBe("connecting");
    led.begin(() => leading);
    const metadata = { name: "sensor", uid: "u1", annotations: { [annotations.moduleId]: "sensor" } };
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    const record = await waitFor("the identities", async () => {
      const { state, identities } = await status();
      return state === "connected" && identities.filter((one) => one.state === "ready").length === 2
        ? { state, identities }
        : undefined;
    });
    const signer = moduleKey(
      rootKey,
      { moduleId: "sensor", generationId: record.identities[1]?.generationId ?? "" },
      "primary",
    );
    const known = fake.hub.registry.module("d1", "sensor").authentication.symmetricKey;
    expect(known.primaryKey).toBe(signer.toString("base64"));
    expect(known.secondaryKey).not.toBe(known.primaryKey);
    expect(health.degraded).toEqual([]);
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^iotedge_hub_connected 1$/m);
    expect(text).toMatch(/^iotedge_hub_calls_total\{operation="create",result="ok"\} 1$/m);
    expect(text).toMatch(/^iotedge_hub_identities\{state="ready"\} 2$/m);
    await waitFor("the Event", () => reasons().includes("HubConnected") || undefined);
    leading = false;
    await led.finish();
    await waitFor("the record", async () => (await status()).state === "connected" || undefined);
  });

  it("leads nowhere for a device that is none of IoT Edge, and says what to do", async () => {
    fake.hub.registry.putDevice("plain", { deviceId: "plain" }, undefined);
    writeFileSync(join(folder, "connectionString"), connectionStringOf(fake.hub, "plain"));
    const { status, led } = (await open(true, { deviceId: "plain" })) as HubLink;
    led.begin(() => leading);
    const notes = () => store.select(events).map(({ note }) => String(note));
    await waitFor("the Event", () => notes().some((note) => note.includes("with --edge-enabled")) || undefined);
    expect((await status()).identities).toMatchObject([{ moduleId: "$edgeAgent", state: "refused" }]);
    expect(fake.hub.registry.modules("plain")).toEqual([]);
  });

  it("says why there is none, and is there as soon as the Secret is good", async () => {
    writeFileSync(join(folder, "connectionString"), "HostName=other.test;DeviceId=d1;SharedAccessKey=AAAA");
    const { status, led } = (await open(true)) as HubLink;
    led.begin(() => leading);
    const failed = await waitFor("the failure", async () => (await status()).problem);
    expect(failed.code).toBe("EDGE_HUB_CREDENTIAL");
    expect(health.degraded).toMatchObject([{ name: "iot-hub" }]);
    await waitFor("the Event", () => reasons().includes("HubCredentialInvalid") || undefined);
    writeFileSync(join(folder, "connectionString"), connectionStringOf(fake.hub, "d1"));
    await waitFor("the connection", async () => (await status()).state === "connected" || undefined);
    expect(health.degraded).toEqual([]);
  });
});

describe("the way to a hub that a provisioning service names", () => {
  const registration = { globalEndpoint: "https://dps.test", idScope: "0ne00000001", registrationId: "line-1" };
  const assignedBy = (changes: object = {}) =>
    open(true, {
      ...{ hubHostname: undefined as never, deviceId: undefined as never },
      provisioning: { source: "dps", registration, trustedCas: [fake.caPem], ...changes },
    }) as Promise<HubLink>;
  const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");
  let enrollment: Enrollment;

  beforeEach(() => {
    enrollment = {
      ...{ kind: "individual", name: "line-1", hub: "hub.test", deviceId: "device-1", enabled: true, iotEdge: true },
      attestation: { type: "symmetricKey", primaryKey: key(1), secondaryKey: key(2) },
      reprovision: { updateHubAssignment: true, migrateDeviceData: true },
    };
    fake.provisioning.enrollments.push(enrollment);
    writeFileSync(join(folder, "symmetricKey"), key(1));
  });

  const registrations = () => fake.journal.entries.filter(({ what }) => what.endsWith("/register")).length;
  const until = (what: string, { status }: HubLink, is: (record: HubRecord) => boolean) =>
    waitFor(what, async () => {
      const record = await status();
      return is(record) ? record : undefined;
    });
  const isReady = ({ state, identities }: HubRecord) =>
    state === "connected" && identities.length > 0 && identities.every((one) => one.state === "ready");

  it("is found by a registration, written down, and found there by the next replica", async () => {
    const first = await assignedBy();
    expect(await first.place()).toBeUndefined();
    expect(await first.status()).toMatchObject({ state: "connecting", registration });
    first.led.begin(() => leading);
    const record = await until("the identities", first, isReady);
    expect(record).toMatchObject({ hubHostname: "hub.test", deviceId: "device-1", registration });
    expect(await first.place()).toEqual({ hubHostname: "hub.test", deviceId: "device-1" });
    await waitFor("the Event", () => reasons().includes("HubAssigned") || undefined);
    expect(await metrics.registry.metrics()).toMatch(/^iotedge_hub_registrations_total\{result="ok"\} 1$/m);
    await waitFor("the record", () => JSON.stringify(store.select(configMaps)).includes("device-1") || undefined);
    await first.stop();
    metrics = createMetrics();
    fake.provisioning.faults.away = true;
    const next = await assignedBy();
    expect(await next.place()).toEqual({ hubHostname: "hub.test", deviceId: "device-1" });
    next.led.begin(() => leading);
    await until("the connection", next, isReady);
    expect(registrations()).toBe(1);
    await next.stop();
    metrics = createMetrics();
    const other = await assignedBy({ registration: { ...registration, registrationId: "line-2" } });
    expect(await other.place()).toBeUndefined();
  });

  it("is followed to another hub, which gets the keys anew", async () => {
    link = await assignedBy();
    link.led.begin(() => leading);
    await until("the first hub", link, isReady);
    const [first, second] = fake.hubs;
    enrollment.hub = "hub2.test";
    first?.registry.deleteDevice("device-1", "*");
    const metadata = { name: "sensor", uid: "u1", annotations: { [annotations.moduleId]: "sensor" } };
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await until("the other hub", link, (record) => record.hubHostname === "hub2.test" && isReady(record));
    expect(second?.registry.modules("device-1").map(({ moduleId }) => moduleId)).toContain("sensor");
    expect(second?.registry.module("device-1", "$edgeAgent").authentication.type).toBe("sas");
    expect(registrations()).toBe(2);
  });

  it("is what another leader has written down meanwhile, when a replica leads again", async () => {
    link = await assignedBy();
    link.led.begin(() => leading);
    await until("the first hub", link, isReady);
    const written = () => store.select(configMaps)[0]?.data?.[dataKeys.hubRecord];
    await waitFor("the record", () => written()?.includes('"ready"') || undefined);
    leading = false;
    await link.led.finish();
    const [trust] = store.select(configMaps);
    const moved = written()?.replace('"hub.test"', '"hub2.test"') ?? "";
    store.put({ ...trust, kind: "ConfigMap", data: { [dataKeys.hubRecord]: moved } } as never);
    fake.provisioning.faults.away = true;
    leading = true;
    link.led.begin(() => leading);
    expect((await link.status()).hubHostname).not.toBe("hub.test");
    await until("the other hub", link, ({ hubHostname }) => hubHostname === "hub2.test");
  });

  it("is not there while the service refuses the device, and says why without its key", async () => {
    writeFileSync(join(folder, "symmetricKey"), key(9));
    link = await assignedBy();
    link.led.begin(() => leading);
    const { problem } = await until("the refusal", link, ({ state }) => state === "failed");
    expect(problem?.code).toBe("EDGE_DPS_REFUSED");
    await waitFor("the Event", () => reasons().includes("HubProvisioningFailed") || undefined);
    expect(JSON.stringify(store.select(events))).not.toContain(key(9));
    expect(await link.place()).toBeUndefined();
  });
});

describe("the way of a device with a certificate", () => {
  it("is by what the Secret has, follows it, and tells when it has ended", async () => {
    const authority = await createAuthority("CA of devices", Date.now());
    const [first, second] = [await authority.issue({ commonName: "x" }), await authority.issue({ commonName: "x" })];
    const register = (thumbprint: string, etag?: string) => {
      const x509Thumbprint = { primaryThumbprint: thumbprint, secondaryThumbprint: thumbprint };
      const device = { deviceId: "x1", capabilities: { iotEdge: true } };
      fake.hub.registry.putDevice("x1", { ...device, authentication: { type: "selfSigned", x509Thumbprint } }, etag);
    };
    const write = ({ cert, key }: KeyPair) => {
      writeFileSync(join(folder, "tls.crt"), cert);
      writeFileSync(join(folder, "tls.key"), key);
    };
    write(first);
    register(first.thumbprint);
    const provisioning = { source: "manual" as const, method: "x509" as const, trustedCas: [fake.caPem] };
    const { status, led } = (await open(true, { deviceId: "x1", provisioning })) as HubLink;
    led.begin(() => leading);
    await waitFor("the connection", async () => (await status()).state === "connected" || undefined);
    expect(await metrics.registry.metrics()).toMatch(/^iotedge_hub_device_certificate_expiry_seconds [1-9]/m);
    register(second.thumbprint, "*");
    const metadata = { name: "sensor", uid: "u1", annotations: { [annotations.moduleId]: "sensor" } };
    store.put({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await waitFor("the refusal", async () => (await status()).problem?.code === "EDGE_HUB_KEY_REFUSED" || undefined);
    write(second);
    await waitFor("the next one", async () => (await status()).state === "connected" || undefined);
    const told = JSON.stringify([store.select(events), store.select(configMaps), await metrics.registry.metrics()]);
    for (const { key } of [first, second]) expect(told).not.toContain(key.split("\n")[1]);
  });
});
