import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "../iot-hub/index.ts";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`Microsoft's clients for devices do not judge the fake of IoT Hub: ${lacking}`);

const methods = "$iothub/methods/POST/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";

describe.skipIf(lacking !== undefined)("devices and modules on the SDK of npm, and the fake of IoT Hub", () => {
  let room: Courtroom;
  let service: Judge;

  beforeAll(async () => {
    room = await openCourtroom();
    room.fake.hub.registry.putDevice("d1", { deviceId: "d1", capabilities: { iotEdge: true } }, undefined);
    service = room.npm("service-client.mjs");
    await service.call("connect", room.fake.hub.connectionString());
  });
  afterAll(() => room?.close());
  afterEach(() => room.fake.journal.expectNoViolations());

  /** A new module of device d1, and a client for it. */
  async function module(moduleId: string, options: object = {}): Promise<Judge> {
    room.fake.hub.registry.putModule("d1", moduleId, { deviceId: "d1", moduleId }, undefined);
    const client = room.npm("device-client.mjs");
    await client.call("open", connectionStringOf(room.fake.hub, "d1", moduleId), options);
    return client;
  }

  it.each(["Mqtt", "MqttWs"])("get their twin, report, and hear of desired properties by %s", async (transport) => {
    const id = `twin-${transport}`;
    const client = await module(id, { transport });
    expect(await client.call("get-twin")).toMatchObject({ desired: { $version: 1 }, reported: { $version: 1 } });
    await client.call("report", { state: { level: 1, name: "one" } });
    await client.call("report", { state: { name: null } });
    await client.call("on-desired");
    await room.subscribed(`d1/${id}`, desired);
    const change = { properties: { desired: { rate: 5, gone: { soon: true } } } };
    await service.call("registry", "updateModuleTwin", "d1", id, change, "*");
    await client.event("desired", { patch: { rate: 5, gone: { soon: true }, $version: 2 } });
    await service.call("registry", "updateModuleTwin", "d1", id, { properties: { desired: { gone: null } } }, "*");
    await client.event("desired", { patch: { gone: null, $version: 3 } });
    const twin = await service.call("registry", "getModuleTwin", "d1", id);
    expect(twin).toMatchObject({ connectionState: "Connected", properties: { reported: { $version: 3 } } });
    expect(room.fake.hub.registry.module("d1", id).twin.forClient()).toEqual({
      desired: { rate: 5, $version: 3 },
      reported: { state: { level: 1 }, $version: 3 },
    });
  });

  it.each(["Mqtt", "MqttWs"])("answer direct methods by %s", async (transport) => {
    const id = `method-${transport}`;
    const client = await module(id, { transport });
    await client.call("on-method", "reboot", 201, { in: "a minute" });
    await room.subscribed(`d1/${id}`, methods);
    const call = { methodName: "reboot", payload: { force: true }, responseTimeoutInSeconds: 20 };
    expect(await service.call("invoke-method", "d1", id, call)).toEqual({ status: 201, payload: { in: "a minute" } });
    await client.event("method", { name: "reboot", payload: { force: true } });
  });

  it("send telemetry, with properties and from outputs", async () => {
    const client = await module("telemetry");
    await client.call("send", "1", { "a key": "ä=&/" });
    await client.call("send", "2", { unit: "°C" }, "readings");
    const common = { deviceId: "d1", moduleId: "telemetry", system: { "$.ct": "application/json", "$.ce": "utf-8" } };
    const received = room.fake.hub.messages.filter(({ moduleId }) => moduleId === "telemetry");
    expect(received.map(({ body, ...more }) => ({ body: body.toString(), ...more }))).toMatchObject([
      { ...common, body: "1", output: undefined, properties: { "a key": "ä=&/" } },
      { ...common, body: "2", output: "readings", properties: { unit: "°C" } },
    ]);
  });

  it("take a new token before the old one ends", async () => {
    const tokenRenewal = { tokenValidTimeInSeconds: 60, tokenRenewalMarginInSeconds: 58 };
    const client = await module("renewing", { options: { tokenRenewal } });
    await waitFor("a third connection", () => room.connects("d1/renewing").length >= 3 || undefined);
    await client.call("send", "still there");
    const ends = room.fake.journal.entries.filter(({ who, what }) => who === "d1/renewing" && what === "connection");
    expect(ends.map(({ outcome }) => outcome)).not.toContain("the token has ended");
  });

  it("come back with their subscriptions after the connection was cut", async () => {
    const client = await module("cut");
    await client.call("get-twin");
    await client.call("on-method", "ping", 200, null);
    await client.call("on-desired");
    await room.subscribed("d1/cut", methods);
    await room.subscribed("d1/cut", desired);
    room.fake.hub.connections.get("d1/cut")?.end("cut by the test");
    await waitFor("the client to come back", () => room.connects("d1/cut").length === 2 || undefined);
    await room.subscribed("d1/cut", methods);
    await room.subscribed("d1/cut", desired);
    const call = { methodName: "ping", payload: null };
    expect(await service.call("invoke-method", "d1", "cut", call)).toEqual({ status: 200, payload: null });
    await service.call("registry", "updateModuleTwin", "d1", "cut", { properties: { desired: { a: 1 } } }, "*");
    await client.event("desired", { patch: { a: 1, $version: 2 } });
  });

  it("come back when a message was cut off before PUBACK, and send it again", async () => {
    const client = await module("resent");
    room.fake.hub.faults.inject("telemetry", { cut: true, kept: true });
    await client.call("send", "twice");
    const copies = room.fake.hub.messages.filter(({ moduleId }) => moduleId === "resent");
    expect(copies.map(({ body }) => body.toString())).toEqual(["twice", "twice"]);
  });

  it("connect as a device: by its key, and by a certificate whose thumbprint or CA the hub has", async () => {
    const { hub } = room.fake;
    const authority = await createAuthority("CA of devices", Date.now());
    hub.authorities.push(authority.certificate);
    const byThumbprint = await authority.issue({ commonName: "anything" });
    const selfSigned = { type: "selfSigned", x509Thumbprint: { primaryThumbprint: byThumbprint.thumbprint } };
    hub.registry.putDevice("by-key", { deviceId: "by-key" }, undefined);
    hub.registry.putDevice("by-thumbprint", { deviceId: "by-thumbprint", authentication: selfSigned }, undefined);
    const signed = { deviceId: "by-ca", authentication: { type: "certificateAuthority" } };
    hub.registry.putDevice("by-ca", signed, undefined);
    const byCa = await authority.issue({ commonName: "by-ca" });
    const x509 = (deviceId: string) => `HostName=hub.test;DeviceId=${deviceId};x509=true`;
    for (const [deviceId, connectionString, options] of [
      ["by-key", connectionStringOf(hub, "by-key"), undefined],
      ["by-thumbprint", x509("by-thumbprint"), { cert: byThumbprint.cert, key: byThumbprint.key }],
      ["by-ca", x509("by-ca"), { cert: byCa.cert, key: byCa.key }],
    ] as const) {
      const client = room.npm("device-client.mjs");
      await client.call("open", connectionString, { options });
      await client.call("send", "hello");
      expect(hub.messages.at(-1)).toMatchObject({ deviceId, moduleId: undefined });
    }
    const foreign = room.npm("device-client.mjs");
    const outcome = await foreign.attempt("open", x509("by-ca"), {
      options: { cert: byThumbprint.cert, key: byThumbprint.key },
    });
    expect(outcome.error?.message).toContain("Not authorized");
  });

  it("are refused with a key that is not theirs, as a module without a key, and when their device is disabled", async () => {
    const { hub } = room.fake;
    const foreign = connectionStringOf(hub, "d1").replace("DeviceId=d1", "DeviceId=d1;ModuleId=$edgeHub");
    hub.registry.putDevice("off", { deviceId: "off", status: "disabled" }, undefined);
    for (const connectionString of [foreign, foreign.replace("$edgeHub", "unknown"), connectionStringOf(hub, "off")]) {
      const { error } = await room.npm("device-client.mjs").attempt("open", connectionString);
      expect(error?.message).toContain("Not authorized");
    }
  });
});
