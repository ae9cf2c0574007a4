import { isDeepStrictEqual } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { HubRecord } from "#contract";
import { sasToken, stringToSign } from "#iot-hub";
import type { Hub } from "../iot-hub/index.ts";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { type ConnectedReplicas, startConnectedReplicas } from "../support/connected-replicas.ts";
import type { RunningIotedged } from "../support/iotedged-process.ts";
import { progress } from "../support/progress.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`Microsoft's clients do not judge the keys that iotedged registers: ${lacking}`);

/** In the order of the story: the hub and the replicas stay the same. */
describe.skipIf(lacking !== undefined)("a connected installation and its hub", () => {
  let namespace: TestNamespace;
  let room: Courtroom;
  let hub: Hub;
  let service: Judge;
  let replicas: ConnectedReplicas;

  beforeAll(async () => {
    namespace = await createTestNamespace(inject("kubeconfig"), "edge-hub");
    room = await openCourtroom();
    hub = room.fake.hub;
    service = room.npm("service-client.mjs");
    await service.call("connect", hub.connectionString());
    await service.call("registry", "create", { deviceId: "d1", capabilities: { iotEdge: true } });
    const foreign = { deviceId: "d1", moduleId: "foreign", managedBy: "somebody" };
    await service.call("registry", "addModule", foreign);
    await namespace.createAccount("sensor", "sensor");
    await namespace.createAccount("foreign", "foreign");
    replicas = await startConnectedReplicas(namespace, {
      port: await room.fake.listen("https"),
      settings: {
        ...{ hubHostname: "hub.test", deviceId: "d1" },
        provisioning: { source: "manual", trustedCas: [room.fake.caPem] },
      },
      provisioning: {
        connectionString: connectionStringOf(hub, "d1"),
        secondaryConnectionString: stringOf("secondary"),
      },
    });
  });

  afterAll(async () => {
    await replicas?.stop();
    await room?.close();
    await namespace?.remove();
  });
  afterEach(() => room.fake.journal.expectNoViolations());

  const keysOf = (moduleId?: string) => {
    const identity = moduleId === undefined ? hub.registry.device("d1") : hub.registry.module("d1", moduleId);
    return identity.authentication.symmetricKey;
  };
  const stringOf = (which: "primary" | "secondary") =>
    connectionStringOf(hub, "d1").replace(keysOf().primaryKey ?? "", keysOf()[`${which}Key`] ?? "");
  /** Writes of iotedged, which are nobody's in the journal where a fault was injected. */
  const puts = () =>
    room.fake.journal.entries.filter(
      ({ who, what }) => who !== "iothubowner" && what.startsWith("PUT /devices/d1/modules/"),
    );
  const stateOf = (record: HubRecord, moduleId: string) =>
    record.identities.find((one) => one.moduleId === moduleId)?.state;

  /** A token that a module gets of iotedged, and shows to the hub. */
  async function tokenOf(moduleId: string): Promise<string> {
    const token = await replicas.tokenOf(moduleId);
    const resource = encodeURIComponent(`hub.test/devices/d1/modules/${moduleId}`);
    const expiry = Math.floor(Date.now() / 1000) + 3600;
    const data = Buffer.from(stringToSign(resource, expiry)).toString("base64");
    const generation = (await replicas.record()).identities.find((one) => one.moduleId === moduleId)?.generationId;
    const body = { keyId: "primary", algo: "HMACSHA256", data };
    const path = `/modules/${moduleId}/genid/${generation}/sign`;
    const { status, json } = await replicas.first().call("workload", token, path, body);
    expect(status).toBe(200);
    return sasToken({ audience: resource, expiry, signature: json.digest });
  }

  it("gives the hub the keys that iotedged signs with, once, by the replica that leads", async () => {
    const record = await replicas.until("the identities", (one) => stateOf(one, "sensor") === "ready");
    expect(record).toMatchObject({ hubHostname: "hub.test", deviceId: "d1", state: "connected" });
    expect(stateOf(record, "$edgeAgent")).toBe("ready");
    for (const replica of replicas.running)
      await waitFor(
        "what the leader says",
        async () => isDeepStrictEqual(await replicas.record(replica), record) || undefined,
      );
    expect(puts().map(({ what }) => what)).toEqual([
      "PUT /devices/d1/modules/%24edgeAgent",
      "PUT /devices/d1/modules/sensor",
    ]);
    const [before, after] = puts().map(({ time }) => time);
    expect((after ?? 0) - (before ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it("has a module on the unmodified SDK let in by what iotedged signs, and tells the service side so", async () => {
    const client = room.npm("device-client.mjs");
    await client.call("open-with-token", await tokenOf("sensor"));
    await client.call("send", "21.5");
    expect(hub.messages.at(-1)).toMatchObject({ deviceId: "d1", moduleId: "sensor" });
    const module = await service.call("registry", "getModule", "d1", "sensor");
    expect(module).toMatchObject({ managedBy: "IotEdge", connectionState: "Connected" });
    await client.call("close");
  });

  it("leaves an identity of somebody else alone, and says so", async () => {
    expect(hub.registry.module("d1", "foreign").managedBy).toBe("somebody");
    expect(stateOf(await replicas.record(), "foreign")).toBe("foreign");
    expect(puts().filter(({ what }) => what.endsWith("/foreign"))).toEqual([]);
    const events = await waitFor("the Event", async () => {
      const { items } = await namespace.client.call<{ items: { reason: string; regarding: { name: string } }[] }>({
        verb: "list",
        path: namespace.path("apis/events.k8s.io/v1", "events"),
      });
      const reasons = items.map(({ reason, regarding }) => `${reason} ${regarding.name}`);
      return reasons.includes("HubIdentityForeign foreign") ? reasons : undefined;
    });
    expect(events).toContain("HubConnected iotedged");
  });

  it("registers another key for a module whose account is made anew", async () => {
    const { primaryKey } = keysOf("sensor");
    await namespace.client.call({ verb: "delete", path: namespace.path("api/v1", "serviceaccounts", "sensor") });
    await namespace.createAccount("sensor", "sensor");
    await waitFor("another key", () => keysOf("sensor").primaryKey !== primaryKey || undefined);
    await replicas.until("the identity", (record) => stateOf(record, "sensor") === "ready");
    const client = room.npm("device-client.mjs");
    await client.call("open-with-token", await tokenOf("sensor"));
    await client.call("close");
  });

  it("waits as long as a throttled hub says, and then goes on", async () => {
    hub.faults.inject("https", { match: /^PUT .*busy$/, status: 429, retryAfter: 6 });
    await namespace.createAccount("busy", "busy");
    await replicas.until("the throttling to be told", ({ problem }) => problem?.code === "EDGE_HUB_THROTTLED");
    await replicas.until(
      "the identity",
      (record) => stateOf(record, "busy") === "ready" && record.state === "connected",
    );
    // Who is refused before anything else is asked has no name in the journal.
    const times = room.fake.journal.entries.filter(({ what }) => what === "PUT /devices/d1/modules/busy");
    expect(times.map(({ outcome }) => outcome)).toEqual(["429", "200"]);
    expect((times[1]?.time ?? 0) - (times[0]?.time ?? 0)).toBeGreaterThanOrEqual(6000);
    const calls = room.fake.journal.entries.filter(({ channel }) => channel === "https");
    const between = calls.filter(({ time }) => time > (times[0]?.time ?? 0) && time < (times[0]?.time ?? 0) + 6000);
    expect(between).toEqual([]);
  });

  it("bridges a change of the device's keys by the second one, and takes up the new string without a restart", async () => {
    const device = hub.registry.device("d1");
    const { secondaryKey } = keysOf();
    const symmetricKey = { primaryKey: Buffer.alloc(32, 99).toString("base64"), secondaryKey };
    const authentication = { type: "sas", symmetricKey };
    hub.registry.putDevice("d1", { deviceId: "d1", capabilities: { iotEdge: true }, authentication }, device.etag);
    await namespace.createAccount("after-rotation", "after-rotation");
    await replicas.until("the identity", (record) => stateOf(record, "after-rotation") === "ready");
    const second = async () => (await Promise.all(replicas.running.map((one) => one.metrics()))).join("\n");
    expect(await second()).toMatch(/^iotedge_hub_second_key 1$/m);
    for (const replica of replicas.running) await replica.setProvisioning({ connectionString: stringOf("primary") });
    await waitFor("the first key", async () => !/^iotedge_hub_second_key 1$/m.test(await second()) || undefined);
  });

  it("tells that its device is disabled, and what runs, runs", async () => {
    const put = (status: string) =>
      hub.registry.putDevice(
        "d1",
        {
          deviceId: "d1",
          status,
          capabilities: { iotEdge: true },
          authentication: { ...hub.registry.device("d1").authentication },
        },
        "*",
      );
    put("disabled");
    await namespace.createAccount("later", "later");
    const record = await replicas.until("the refusal", ({ state }) => state === "failed");
    expect(record.problem?.code).toBe("EDGE_HUB_KEY_REFUSED");
    for (const replica of replicas.running) expect((await replica.ready()).ok).toBe(true);
    put("enabled");
    await replicas.until("the identity", (one) => stateOf(one, "later") === "ready");
  });

  it("goes on with the other replica, and asks for no key again that is there", async () => {
    const leads = async (one: RunningIotedged) => /^iotedge_leader 1$/m.test(await one.metrics());
    const leader = (await leads(replicas.first())) ? replicas.first() : (replicas.running[1] as RunningIotedged);
    const other = replicas.running.find((one) => one !== leader) as RunningIotedged;
    const before = puts().length;
    await leader.stop();
    replicas.running = [other];
    await namespace.createAccount("takeover", "takeover");
    await replicas.until("the identity", (record) => stateOf(record, "takeover") === "ready");
    expect(
      puts()
        .slice(before)
        .map(({ what }) => what),
    ).toEqual(["PUT /devices/d1/modules/takeover"]);
  });

  it("has told no key to anybody", async () => {
    const secrets = [hub.registry.device("d1"), ...hub.registry.modules("d1")].flatMap(({ authentication }) =>
      Object.values(authentication.symmetricKey).filter((key) => key !== null),
    );
    const texts = [
      ...(await replicas.texts()),
      JSON.stringify(await replicas.record()),
      await replicas.first().metrics(),
    ];
    expect(secrets.length).toBeGreaterThan(10);
    expect(secrets.filter((key) => texts.some((text) => text.includes(key)))).toEqual([]);
    expect(texts[1]).toContain("hub.json");
  });
});
