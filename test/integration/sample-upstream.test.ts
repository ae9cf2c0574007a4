import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { lacksPython } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";
import { deviceId, openSite, type SampleHub, type Site } from "./sample-upstream/site.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`The sample's hub is not tried with IoT Hub: ${lacking}`);

const routes = {
  upstream: "FROM /messages/* INTO $upstream",
  local: 'FROM /messages/modules/npm/outputs/readings INTO BrokeredEndpoint("/modules/reader/inputs/readings")',
};
const methods = "$iothub/methods/POST/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";

describe.skipIf(lacking !== undefined)("modules of unmodified SDKs, the sample's hub, and IoT Hub", () => {
  let site: Site;
  let hub: SampleHub;
  let service: Judge;
  let npm: Judge;

  beforeAll(async () => {
    site = await openSite(["npm", "pypi", "reader"], routes);
    hub = await site.startHub();
    service = site.room.npm("service-client.mjs");
    await service.call("connect", site.room.fake.hub.connectionString());
    npm = site.room.npm("device-client.mjs", await site.place("npm"));
    await npm.call("open", null);
  });
  afterAll(() => site?.close());
  afterEach(() => site.room.fake.journal.expectNoViolations());

  const messagesOf = (moduleId: string) => site.room.fake.hub.messages.filter((each) => each.moduleId === moduleId);
  const bodiesOf = (moduleId: string) => messagesOf(moduleId).map(({ body }) => body.toString());
  const change = (moduleId: string, properties: object) =>
    service.call("registry", "updateModuleTwin", deviceId, moduleId, { properties: { desired: properties } }, "*");

  it("have telemetry, twin and direct methods: npm", async () => {
    expect(await npm.call("get-twin")).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } });
    await npm.call("report", { state: { level: 1 } });
    await npm.call("on-desired");
    await npm.call("on-method", "reboot", 201, { in: "a minute" });
    await site.room.subscribed(`${deviceId}/npm`, desired);
    await site.room.subscribed(`${deviceId}/npm`, methods);
    expect(await change("npm", { rate: 5 })).toMatchObject({ properties: { reported: { state: { level: 1 } } } });
    await npm.event("desired", { patch: { rate: 5, $version: 2 } });
    const call = { methodName: "reboot", payload: { force: true }, responseTimeoutInSeconds: 20 };
    expect(await service.call("invoke-method", deviceId, "npm", call)).toEqual({
      ...{ status: 201, payload: { in: "a minute" } },
    });
    await npm.event("method", { name: "reboot", payload: { force: true } });
    await npm.call("send", "1", { "a key": "ä=&/" });
    await npm.call("send", "2", { unit: "°C" }, "readings");
    await waitFor("both messages", () => messagesOf("npm").length === 2 || undefined);
    const common = { deviceId, system: { "$.ct": "application/json", "$.ce": "utf-8" } };
    expect(messagesOf("npm")).toMatchObject([
      { ...common, body: Buffer.from("1"), output: undefined, properties: { "a key": "ä=&/" } },
      { ...common, body: Buffer.from("2"), output: "readings", properties: { unit: "°C" } },
    ]);
  });

  it.skipIf(lacksPython() !== undefined)("have telemetry, twin and direct methods: PyPI", async () => {
    const pypi = await site.room.pypi("device_client.py", await site.place("pypi"));
    await pypi.call("open", null);
    expect(await pypi.call("get-twin")).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } });
    await pypi.call("report", { level: 2 });
    await pypi.call("on-desired");
    await pypi.call("on-method", 200, { done: true });
    await site.room.subscribed(`${deviceId}/pypi`, desired);
    await site.room.subscribed(`${deviceId}/pypi`, methods);
    await change("pypi", { rate: 7 });
    await pypi.event("desired", { patch: { rate: 7, $version: 2 } });
    const call = { methodName: "start", payload: null, responseTimeoutInSeconds: 20 };
    expect(await service.call("invoke-method", deviceId, "pypi", call)).toEqual({
      ...{ status: 200, payload: { done: true } },
    });
    await pypi.call("send", "1", { "a key": "ä=&/" }, "readings");
    await waitFor("the message", () => messagesOf("pypi")[0]);
    expect(messagesOf("pypi")).toMatchObject([{ output: "readings", properties: { "a key": "ä=&/" } }]);
    await pypi.call("close");
  });

  it("go on among themselves while IoT Hub is away; messages outlive a kill of the hub, and changes are told", async () => {
    const { fake, subscribed } = site.room;
    const reader = site.room.npm("device-client.mjs", await site.place("reader"));
    await reader.call("open", null);
    await reader.call("on-input");
    await waitFor("the reader's connection to IoT Hub", () => fake.hub.connections.get(`${deviceId}/reader`));
    fake.hub.faults.away = true;
    await hub.printed({ event: "upstream", moduleId: "npm", state: "waiting" });
    const before = messagesOf("npm").length;
    const sent = [...Array(20)].map((_, index) => `away ${index}`);
    for (const text of sent.slice(0, 10)) await npm.call("send", text, {}, "readings");
    await reader.event("input", { input: "readings", body: "away 9" });
    fake.hub.registry.module(deviceId, "npm").twin.patch({ desired: { rate: 6 } });
    await hub.kill();
    hub = await site.startHub();
    for (const text of sent.slice(10)) await npm.call("send", text, {}, "readings");
    expect(messagesOf("npm")).toHaveLength(before);
    fake.hub.faults.away = false;
    await waitFor("all messages", () => bodiesOf("npm").length >= before + sent.length || undefined, 60);
    expect([...new Set(bodiesOf("npm").slice(before))]).toEqual(sent);
    await subscribed(`${deviceId}/npm`, methods);
    await npm.event("desired", { patch: { rate: 6, $version: 3 } });
    const call = { methodName: "reboot", payload: null, connectTimeoutInSeconds: 20 };
    expect(await service.call("invoke-method", deviceId, "npm", call)).toMatchObject({ status: 201 });
    await reader.call("close");
  });

  it("cannot send each other what is the hub's to send", async () => {
    await npm.call("on-method", "greet", 200, {});
    const { namespace, environment } = await site.place("reader");
    const claim = { deviceId, moduleId: "reader", key: site.workload.keyOf("reader"), ca: site.workload.caPem };
    const forged: readonly (readonly [string, object])[] = [
      [`${methods.slice(0, -1)}greet/?$rid=1`, { from: "reader" }],
      [`${desired.slice(0, -1)}?$version=99`, { rate: "forged", $version: 99 }],
      ["$iothub/twin/res/200/?$rid=1", { desired: {}, reported: {} }],
    ];
    for (const [topic, payload] of forged) {
      const asked = { ...claim, hub: environment.IOTEDGE_IOTHUBHOSTNAME, topic, payload };
      const program = join(import.meta.dirname, "sample-modules/neighbour.mjs");
      const child = namespace.start(process.execPath, [program, JSON.stringify(asked)], process.env);
      const said = (await child.stdout.toArray()).join("");
      expect({ topic, said }).toEqual({ topic, said: '{"outcome":"cut off"}\n' });
    }
    // The first that the module hears is what comes from IoT Hub afterwards.
    const call = { methodName: "greet", payload: { from: "service" }, responseTimeoutInSeconds: 20 };
    await service.call("invoke-method", deviceId, "npm", call);
    expect(await npm.event("method", { name: "greet" })).toMatchObject({ payload: { from: "service" } });
    await change("npm", { rate: 7 });
    const heard: unknown[] = [];
    while (heard.at(-1) !== 7) heard.push(((await npm.event("desired")).patch as { rate: unknown }).rate);
    expect(heard).not.toContain("forged");
  });

  it("leave no token in the hub's log", () => {
    expect(hub.lines).not.toEqual([]);
    expect(JSON.stringify(hub.lines)).not.toMatch(/SharedAccess|sig=/);
  });
});
