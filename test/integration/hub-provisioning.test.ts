import { X509Certificate } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { HubRecord } from "#contract";
import { derivedKey, type Enrollment, type FakeIotHub, startFakeIotHub } from "../iot-hub/index.ts";
import { type ConnectedReplicas, startConnectedReplicas } from "../support/connected-replicas.ts";
import type { RunningIotedged } from "../support/iotedged-process.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const reprovision = { updateHubAssignment: true, migrateDeviceData: true };

/** In the order of the story: the hubs and the installation stay the same. */
describe("an installation that a provisioning service assigns", () => {
  let namespace: TestNamespace;
  let fake: FakeIotHub;
  let replicas: ConnectedReplicas;
  let enrollment: Enrollment;

  beforeAll(async () => {
    namespace = await createTestNamespace(inject("kubeconfig"), "edge-dps");
    fake = await startFakeIotHub({
      hubs: ["hub.test", "hub2.test"],
      provisioning: { polls: 1, retryAfterSeconds: 1 },
    });
    enrollment = {
      ...{ kind: "group", name: "lines", hub: "hub.test", enabled: true, iotEdge: true, reprovision },
      attestation: { type: "symmetricKey", primaryKey: key(1), secondaryKey: key(2) },
    };
    fake.provisioning.enrollments.push(enrollment);
    await namespace.createAccount("sensor", "sensor");
    const registration = {
      globalEndpoint: "https://dps.test",
      idScope: fake.provisioning.idScope,
      registrationId: "line-1",
    };
    replicas = await startConnectedReplicas(namespace, {
      port: await fake.listen("https"),
      settings: {
        ...{ hubHostname: undefined as never, deviceId: undefined as never },
        provisioning: { source: "dps", registration, trustedCas: [fake.caPem] },
      },
      provisioning: { symmetricKey: derivedKey(key(1), "line-1") },
    });
  });

  afterAll(async () => {
    await replicas?.stop();
    await fake?.close();
    await namespace?.remove();
  });
  afterEach(() => fake.journal.expectNoViolations());

  const isReady = ({ state, identities }: HubRecord) =>
    state === "connected" && identities.length === 2 && identities.every((one) => one.state === "ready");
  const registrations = () => fake.journal.entries.filter(({ what }) => what.endsWith("/register")).length;

  /** The URI in a certificate that a module has got: which module of which device of which hub it is. */
  async function uriOfSensor(replica: RunningIotedged): Promise<string> {
    const token = await replicas.tokenOf("sensor");
    const path = "/modules/sensor/certificate/identity";
    const { status, json } = await replica.call("workload", token, path, {});
    expect(status).toBe(201);
    return new X509Certificate(json.certificate).subjectAltName ?? "";
  }

  it("is registered once, by the replica that leads, with the key that was derived from the group's", async () => {
    const record = await replicas.until("the identities", isReady);
    expect(record).toMatchObject({ hubHostname: "hub.test", deviceId: "line-1" });
    for (const replica of replicas.running)
      await waitFor(
        "the same record",
        async () => isDeepStrictEqual(await replicas.record(replica), record) || undefined,
      );
    expect(registrations()).toBe(1);
    for (const replica of replicas.running)
      expect(await uriOfSensor(replica)).toBe("URI:azureiot://hub.test/devices/line-1/modules/sensor");
  });

  it("needs no provisioning service to start again", async () => {
    fake.provisioning.faults.away = true;
    await replicas.stop();
    replicas.running = [await replicas.start("iotedged-2")];
    await namespace.createAccount("later", "later");
    await replicas.until("the identity", ({ state, identities }) => state === "connected" && identities.length === 3);
    expect(registrations()).toBe(1);
    await namespace.client.call({ verb: "delete", path: namespace.path("api/v1", "serviceaccounts", "later") });
    fake.provisioning.faults.away = false;
  });

  it("is moved to the hub that the enrollment names once the old one refuses it, with the modules' keys", async () => {
    const [old, other] = fake.hubs;
    enrollment.hub = "hub2.test";
    old?.registry.deleteDevice("line-1", "*");
    await namespace.createAccount("new", "new");
    const record = await replicas.until(
      "the other hub",
      (one) => one.hubHostname === "hub2.test" && one.state === "connected",
    );
    expect(record.deviceId).toBe("line-1");
    await replicas.until("the keys", ({ identities }) =>
      ["sensor", "new"].every((id) => identities.some((one) => one.moduleId === id && one.state === "ready")),
    );
    expect(other?.registry.modules("line-1").map(({ moduleId }) => moduleId)).toEqual(
      expect.arrayContaining(["$edgeAgent", "sensor", "new"]),
    );
    expect(registrations()).toBe(2);
  });

  it("tells that its enrollment is disabled, and what runs, runs", async () => {
    const [, hub] = fake.hubs;
    (enrollment as { enabled: boolean }).enabled = false;
    hub?.registry.deleteDevice("line-1", "*");
    await namespace.createAccount("last", "last");
    await replicas.until(
      "the reason",
      ({ state, problem }) => state === "failed" && problem?.code === "EDGE_DPS_DISABLED",
    );
    expect((await replicas.first().ready()).ok).toBe(true);
    await waitFor("the Events", async () => {
      const { items } = await namespace.client.call<{ items: { reason: string }[] }>({
        verb: "list",
        path: namespace.path("apis/events.k8s.io/v1", "events"),
      });
      const reasons = items.map(({ reason }) => reason);
      return ["HubAssigned", "HubProvisioningFailed"].every((reason) => reasons.includes(reason)) || undefined;
    });
  });

  it("has told no key to anybody", async () => {
    const texts = await replicas.texts();
    for (const secret of [key(1), derivedKey(key(1), "line-1")])
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    expect(texts.join("")).toContain("hub2.test");
  });
});
