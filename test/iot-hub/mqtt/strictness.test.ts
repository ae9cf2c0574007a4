import type { IConnectPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { type Installation, key, useInstallation } from "../test/installation.ts";
import { connectPacket, openModule, openMqtt, publish, subscribe, userName } from "../test/raw-mqtt.ts";

const made = useInstallation();
const path = "devices/d1/modules/m1";

type Connect = (installation: Installation) => IConnectPacket;
const m1 = (installation: Installation, more: Partial<IConnectPacket> = {}) =>
  connectPacket("d1/m1", installation.token(path), more);

describe("a client is not let in", () => {
  it.each<[string, number, Connect]>([
    ["with a token that has ended", 5, (i) => connectPacket("d1/m1", i.token(path, { seconds: 0 }))],
    ["with a token for another module", 5, (i) => connectPacket("d1/m1", i.token("devices/d1/modules/m2"))],
    ["with a token for its device", 5, (i) => connectPacket("d1/m1", i.token("devices/d1"))],
    ["with a token for another hub", 5, (i) => connectPacket("d1/m1", i.token(path, { host: "hub2.test" }))],
    ["with a token of another key", 5, (i) => connectPacket("d1/m1", i.token(path, { key: key(9) }))],
    ["with a token that names a policy", 5, (i) => connectPacket("d1/m1", i.token(path, { keyName: "service" }))],
    [
      "with a token of a service",
      5,
      (i) => {
        const { key: own = "" } = i.hub.policies[0] ?? {};
        return connectPacket("d1/m1", i.token("", { key: own, keyName: "iothubowner" }));
      },
    ],
    ["with half a token", 5, (i) => connectPacket("d1/m1", i.token(path).slice(0, 40))],
    ["without a token", 5, () => connectPacket("d1/m1", "")],
    ["that is not in the registry", 5, (i) => connectPacket("d1/m2", i.token("devices/d1/modules/m2"))],
    ["whose case is another", 5, (i) => connectPacket("D1/m1", i.token(path))],
    ["whose device is disabled", 5, (i) => connectPacket("off", i.token("devices/off"))],
    ["that has no key yet", 5, (i) => connectPacket("d1/$edgeAgent", i.token("devices/d1/modules/%24edgeAgent"))],
  ])("%s", async (_, connack, connect) => {
    const client = await openMqtt(made());
    client.send(connect(made()));
    expect(await client.next("connack")).toMatchObject({ returnCode: connack, sessionPresent: false });
    await client.closed();
  });

  it.each<[string, number, Connect]>([
    ["by an unknown api-version", 2, (i) => m1(i, { username: "hub.test/d1/m1/?api-version=2016-11-14" })],
    ["without an api-version", 2, (i) => m1(i, { username: "hub.test/d1/m1" })],
    ["with the user name of another", 2, (i) => m1(i, { username: userName("d1/m2") })],
    ["with the user name of another hub", 2, (i) => m1(i, { username: userName("d1/m1", "hub2.test") })],
    ["on behalf of another", 2, (i) => m1(i, { username: `${userName("d1/m1")}&auth-chain=d1/$edgeHub;d1` })],
    ["with a client id of three parts", 2, (i) => connectPacket("d1/m1/x", i.token(path))],
    ["by MQTT 3.1", 1, (i) => m1(i, { protocolId: "MQIsdp", protocolVersion: 3 })],
    ["by MQTT 5", 1, (i) => m1(i, { protocolVersion: 5 })],
  ])("%s, which is written down", async (_, connack, connect) => {
    const client = await openMqtt(made());
    client.send(connect(made()));
    expect(await client.next("connack")).toMatchObject({ returnCode: connack });
    await client.closed();
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });

  it.each<[string, (i: Installation) => Parameters<Awaited<ReturnType<typeof openMqtt>>["send"]>]>([
    ["a will", (i) => [m1(i, { will: { topic: "devices/d1/modules/m1/messages/events/", payload: "x", qos: 1 } })]],
    ["another first packet", () => [{ cmd: "pingreq" }]],
  ])("with %s, and hears nothing", async (_, packets) => {
    const client = await openMqtt(made());
    client.send(...packets(made()));
    await client.closed();
    expect(client.received).toEqual([]);
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });

  it("when TLS began for the provisioning service", async () => {
    const client = await openMqtt(made(), "dps.test");
    client.send(m1(made()));
    await client.next("connack");
    expect(made().fake.journal.takeViolations()).toMatchObject([{ host: "dps.test" }]);
  });
});

const events = `${path}/messages/events/`;
const twinAnswers = "$iothub/twin/res/#";

describe("a client is cut off, and it is written down, when it", () => {
  it.each<[string, Parameters<Awaited<ReturnType<typeof openMqtt>>["send"]>]>([
    ["publishes with QoS 2", [publish(events, "1", { qos: 2, messageId: 1 })]],
    ["publishes with retain", [publish(events, "1", { retain: true })]],
    ["publishes as another module", [publish("devices/d1/modules/m2/messages/events/", "1")]],
    ["publishes as its device", [publish("devices/d1/messages/events/", "1")]],
    ["publishes elsewhere", [publish("anything", "1")]],
    ["publishes a malformed property bag", [publish(`${events}a=%`, "1")]],
    ["publishes an unknown system property", [publish(`${events}$.nobody=1`, "1")]],
    ["publishes over 256 KB", [publish(events, "1".repeat(256 * 1024 + 1))]],
    ["subscribes with QoS 2", [subscribe(twinAnswers, 2)]],
    ["subscribes to everything", [subscribe("#")]],
    ["subscribes with a wildcard of one level", [subscribe("$iothub/twin/res/+")]],
    ["subscribes to another module's inputs", [subscribe("devices/d1/modules/m2/inputs/#")]],
    ["subscribes to its device's messages", [subscribe("devices/d1/messages/devicebound/#")]],
    ["asks for its twin without a subscription", [publish("$iothub/twin/GET/?$rid=1")]],
    ["asks for its twin with a payload", [subscribe(twinAnswers), publish("$iothub/twin/GET/?$rid=1", "{}")]],
    ["asks for its twin without a number", [subscribe(twinAnswers), publish("$iothub/twin/GET/")]],
    [
      "writes desired properties",
      [subscribe(twinAnswers), publish("$iothub/twin/PATCH/properties/desired/?$rid=1", "{}")],
    ],
    ["answers a method that nobody called", [publish("$iothub/methods/res/200/?$rid=1", "{}")]],
    ["connects twice", [connectPacket("d1/m1", "")]],
    ["sends what only a server sends", [{ cmd: "suback", messageId: 1, granted: [0] }]],
  ])("%s", async (_, packets) => {
    const client = await openModule(made());
    client.send(...packets);
    await client.closed();
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
    expect(made().hub.messages).toEqual([]);
  });

  it("sends no MQTT", async () => {
    const client = await openModule(made());
    client.sendBytes(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
    await client.closed();
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });
});

describe("a packet", () => {
  it("that does not end is not waited for", async () => {
    const client = await openModule(made());
    // A PUBLISH that announces 2 MB.
    client.sendBytes(Buffer.concat([Buffer.from([0x30, 0x80, 0x80, 0x80, 0x01]), Buffer.alloc(320 * 1024)]));
    await client.closed();
    expect(made().fake.journal.takeViolations()).toMatchObject([{ what: "packet" }]);
  });
});

describe("a connection ends", () => {
  it("with its token", async () => {
    const client = await openModule(made(), { keepalive: 600 }, 60);
    await made().clock.advance(59_000);
    client.send({ cmd: "pingreq" });
    await client.next("pingresp");
    await made().clock.advance(1000);
    await client.closed();
    expect(made().fake.journal.entries.at(-1)).toMatchObject({ who: "d1/m1", outcome: "the token has ended" });
  });

  it("after one and a half times its keep alive", async () => {
    const client = await openModule(made(), { keepalive: 60 });
    await made().clock.advance(89_000);
    expect(made().hub.connections.get("d1/m1")).toBeDefined();
    await made().clock.advance(1000);
    await client.closed();
  });

  it("by a newer one of the same identity", async () => {
    const first = await openModule(made());
    const second = await openModule(made());
    await first.closed();
    second.send({ cmd: "pingreq" });
    await second.next("pingresp");
  });

  it.each<[string, (i: Installation) => void]>([
    ["when its module is deleted", ({ hub }) => hub.registry.deleteModule("d1", "m1", "*")],
    ["when its device is deleted", ({ hub }) => hub.registry.deleteDevice("d1", "*")],
    [
      "when its device is disabled",
      ({ hub }) => {
        const authentication = { type: "sas", symmetricKey: { primaryKey: key(1), secondaryKey: key(2) } };
        const capabilities = { iotEdge: true };
        hub.registry.putDevice("d1", { deviceId: "d1", status: "disabled", capabilities, authentication }, "*");
      },
    ],
    [
      "when its key is changed",
      ({ hub }) => void hub.registry.putModule("d1", "m1", { deviceId: "d1", moduleId: "m1" }, "*"),
    ],
    [
      "when the hub is away",
      ({ hub }) => {
        hub.faults.away = true;
      },
    ],
  ])("%s", async (_, change) => {
    const client = await openModule(made());
    change(made());
    await client.closed();
  });
});

describe("both keys of an identity", () => {
  it.each([1, 2])("let it in: %s", async (fill) => {
    const client = await openMqtt(made());
    client.send(connectPacket("d1/m1", made().token(path, { key: key(fill) })));
    expect(await client.next("connack")).toMatchObject({ returnCode: 0 });
    client.end();
  });
});
