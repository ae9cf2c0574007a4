import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import { lacksJava } from "../iot-hub/judges/java.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";

const lacking = lacksJudgeNetwork() ?? lacksJava();
if (lacking !== undefined) progress(`Microsoft's client of Maven does not judge the fake of IoT Hub: ${lacking}`);

const methods = "$iothub/methods/POST/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";

describe.skipIf(lacking !== undefined)(
  "Microsoft's client of Maven, and the fake of IoT Hub",
  { timeout: 300_000 },
  () => {
    let room: Courtroom;
    let service: Judge;

    beforeAll(async () => {
      room = await openCourtroom();
      room.fake.hub.registry.putDevice("d1", { deviceId: "d1", capabilities: { iotEdge: true } }, undefined);
      service = room.npm("service-client.mjs");
      await service.call("connect", room.fake.hub.connectionString());
    }, 300_000);
    afterAll(() => room?.close());
    afterEach(() => room.fake.journal.expectNoViolations());

    async function module(moduleId: string, options: object = {}): Promise<Judge> {
      room.fake.hub.registry.putModule("d1", moduleId, { deviceId: "d1", moduleId }, undefined);
      const client = await room.maven("DeviceClientJudge.java");
      await client.call("open", connectionStringOf(room.fake.hub, "d1", moduleId), options);
      return client;
    }

    it.each([
      ["MQTT", {}],
      ["WebSocket", { websockets: true }],
    ])("a module has its twin, methods and messages by %s", async (name, options) => {
      const id = `module-${name}`;
      const client = await module(id, options);
      await client.call("on-desired");
      await room.subscribed(`d1/${id}`, desired);
      expect(await client.call("get-twin")).toEqual({ desired: {}, reported: {} });
      await client.call("report", { state: { level: "one" } });
      const change = { properties: { desired: { rate: 5, gone: { soon: true } } } };
      await service.call("registry", "updateModuleTwin", "d1", id, change, "*");
      expect((await client.event("desired")).patch).toMatchObject({ rate: 5, gone: { soon: true } });
      await client.call("on-method", 201, { in: "a minute" });
      await room.subscribed(`d1/${id}`, methods);
      const method = { methodName: "reboot", payload: { force: true }, responseTimeoutInSeconds: 20 };
      expect(await service.call("invoke-method", "d1", id, method)).toEqual({
        status: 201,
        payload: { in: "a minute" },
      });
      expect((await client.event("method")).payload).toEqual({ force: true });
      await client.call("send", "1", { "a key": "ä=&/" }, "readings");
      expect(room.fake.hub.messages.at(-1)).toMatchObject({
        ...{ deviceId: "d1", moduleId: id, output: "readings", properties: { "a key": "ä=&/" } },
        ...{ system: { "$.ct": "application/json", "$.ce": "utf-8" }, body: Buffer.from("1") },
      });
      expect(room.fake.hub.registry.module("d1", id).twin.forClient()).toMatchObject({
        reported: { state: { level: "one" } },
      });
    });

    it("a device sends telemetry", async () => {
      const client = await room.maven("DeviceClientJudge.java");
      await client.call("open", connectionStringOf(room.fake.hub, "d1"));
      await client.call("send", "2", {});
      expect(room.fake.hub.messages.at(-1)).toMatchObject({ deviceId: "d1", moduleId: undefined });
    });

    it("a module takes a new token, and comes back after a cut", async () => {
      const client = await module("renewing", { tokenSeconds: 20 });
      await waitFor("a second connection", () => room.connects("d1/renewing").length >= 2 || undefined, 60);
      const before = room.connects("d1/renewing").length;
      room.fake.hub.connections.get("d1/renewing")?.end("cut by the test");
      await waitFor("the client to come back", () => room.connects("d1/renewing").length > before || undefined, 60);
      await client.event("status", { status: "CONNECTED" });
      await client.call("send", "3", {});
      expect(room.fake.hub.messages.at(-1)?.body.toString()).toBe("3");
    });

    it("a wrong key and a disabled device are refused", async () => {
      const client = await room.maven("DeviceClientJudge.java");
      const own = connectionStringOf(room.fake.hub, "d1");
      const other = own.replace(/SharedAccessKey=.*/, `SharedAccessKey=${Buffer.alloc(32, 9).toString("base64")}`);
      expect((await client.attempt("open", other, { once: true })).error).toBeDefined();
      room.fake.hub.registry.putDevice("d2", { deviceId: "d2", status: "disabled" }, undefined);
      const disabled = await room.maven("DeviceClientJudge.java");
      expect(
        (await disabled.attempt("open", connectionStringOf(room.fake.hub, "d2"), { once: true })).error,
      ).toBeDefined();
    });
  },
);
