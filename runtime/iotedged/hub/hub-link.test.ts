import { createSecretKey } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#base";
import { annotations } from "#contract";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { iotedgedSettings } from "../../../test/fakes/settings.ts";
import { type FakeIotHub, startFakeIotHub } from "../../../test/iot-hub/index.ts";
import { connectionStringOf } from "../../../test/iot-hub/judges/connection-string.ts";
import { connectTo } from "../../../test/support/hub-connection.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import { createEventRecorder } from "../../shared/event-recorder.ts";
import { createHealth, type Health } from "../../shared/health.ts";
import { deployments, events, pods, serviceAccounts } from "../../shared/kubernetes/kinds.ts";
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

async function open(provisioning: boolean): Promise<HubLink | undefined> {
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
    },
    cluster: { informers, hubRecords: store },
    events: createEventRecorder({ store, controller: "c", instance: "i", clock: systemClock, log }),
    connect: connectTo(await fake.listen("https")),
  });
  return link;
}

beforeEach(async () => {
  fake = await startFakeIotHub();
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
