import type { IPublishPacket } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { applyConfigurationContent } from "../https/configuration-content.ts";
import { key, useInstallation } from "../test/installation.ts";
import { connectPacket, openModule, openMqtt, publish, subscribe } from "../test/raw-mqtt.ts";

const desired = "$iothub/twin/PATCH/properties/desired/#";

describe("the other branch of what the documentation leaves open", () => {
  const made = useInstallation({
    switches: {
      ...{ unauthorizedConnack: 4, tooLarge: 413, updateOfMissing: 412, applyMakesIdentities: false },
      ...{
        replaceSends: "whole",
        keyChangeDisconnects: false,
        subscriptionsStay: false,
        registryOperationsPerMinute: 1,
      },
    },
  });
  const hub = () => made().hub;

  it("CONNACK 4", async () => {
    const client = await openMqtt(made());
    client.send(connectPacket("d1/m1", made().token("devices/d1/modules/m1", { key: key(9) })));
    expect(await client.next("connack")).toMatchObject({ returnCode: 4 });
  });

  it("413 for what is too large", async () => {
    const client = await openModule(made());
    client.send(subscribe("$iothub/twin/res/#"));
    const large = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`key${at}`, "x".repeat(4000)]));
    client.send(publish("$iothub/twin/PATCH/properties/reported/?$rid=1", JSON.stringify(large)));
    expect(await client.next("publish")).toMatchObject({ topic: "$iothub/twin/res/413/?$rid=1" });
  });

  it("412 for an update of what is not there", () => {
    expect(() => hub().registry.putModule("d1", "m2", { deviceId: "d1", moduleId: "m2" }, "*")).toThrow(
      expect.objectContaining({ status: 412 }),
    );
  });

  it("modules that somebody else has to make", () => {
    const content = { modulesContent: { $edgeAgent: { "properties.desired": { modules: { new: {} } } } } };
    applyConfigurationContent(hub(), hub().registry.device("d1"), content);
    expect(hub().registry.find("d1", "new")).toBeUndefined();
    expect(hub().registry.module("d1", "$edgeAgent").twin.versionOf("desired")).toBe(2);
  });

  it("whole documents, a connection that outlives its key, and no subscription that outlives a connection", async () => {
    const client = await openModule(made(), { clean: false });
    client.send(subscribe(desired));
    await client.next("suback");
    hub().registry.putModule(
      "d1",
      "m1",
      {
        deviceId: "d1",
        moduleId: "m1",
        authentication: {
          ...{ type: "sas", symmetricKey: { primaryKey: key(1), secondaryKey: key(6) } },
        },
      },
      "*",
    );
    const { twin } = hub().registry.module("d1", "m1");
    twin.patch({ desired: { a: 1, b: 1 } });
    twin.replace({ desired: { a: 1 } });
    await client.next("publish");
    const { payload } = (await client.next("publish")) as IPublishPacket;
    expect(JSON.parse(payload.toString())).toEqual({ a: 1, $version: 3 });
    const next = await openModule(made(), { clean: false });
    twin.patch({ desired: { a: 2 } });
    next.send({ cmd: "pingreq" });
    await next.next("pingresp");
    expect(next.received).toEqual([]);
  });

  it("another limit of the registry", () => {
    expect([hub().throttleRegistry(), hub().throttleRegistry()]).toEqual([undefined, 60]);
  });
});
