import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined) progress(`Microsoft's clients for services do not judge the fake of IoT Hub: ${lacking}`);

const manifest = {
  $edgeAgent: {
    "properties.desired": {
      schemaVersion: "1.1",
      runtime: { type: "docker", settings: {} },
      systemModules: {},
      modules: { sensor: { type: "docker", settings: { image: "sensor:1", createOptions: "{}" } } },
    },
  },
  $edgeHub: { "properties.desired": { schemaVersion: "1.1", routes: {} } },
};

describe.skipIf(lacking !== undefined)("a service on the SDK of npm, and the fake of IoT Hub", () => {
  let room: Courtroom;
  let service: Judge;
  const registry = (method: string, ...args: unknown[]) => service.call("registry", method, ...args);

  beforeAll(async () => {
    room = await openCourtroom({ switches: { registryOperationsPerMinute: 1000 } });
    service = room.npm("service-client.mjs");
    await service.call("connect", room.fake.hub.connectionString());
  });
  afterAll(() => room?.close());
  afterEach(() => room.fake.journal.expectNoViolations());

  it("makes, reads, lists, changes and deletes devices", async () => {
    const made = await registry("create", { deviceId: "plain" });
    expect(made).toMatchObject({
      deviceId: "plain",
      status: "enabled",
      generationId: expect.stringMatching(/^\d{18}$/),
      authentication: { type: "sas", symmetricKey: { primaryKey: expect.stringMatching(/^[\w+/]{43}=$/) } },
      capabilities: { iotEdge: false },
    });
    expect((await service.attempt("registry", "create", { deviceId: "plain" })).error).toMatchObject({
      name: "DeviceAlreadyExistsError",
    });
    expect(await registry("get", "plain")).toEqual(made);
    expect(await registry("update", { deviceId: "plain", status: "disabled" })).toMatchObject({ status: "disabled" });
    expect(await registry("list")).toMatchObject([{ deviceId: "plain" }]);
    await registry("delete", "plain");
    expect((await service.attempt("registry", "get", "plain")).error).toMatchObject({ name: "DeviceNotFoundError" });
  });

  it("makes, reads, lists, changes and deletes modules, up to 50 a device", async () => {
    await registry("create", { deviceId: "edge", capabilities: { iotEdge: true } });
    const system = (await registry("getModulesOnDevice", "edge")) as Record<string, unknown>[];
    expect(system.map(({ moduleId, authentication }) => [moduleId, authentication])).toMatchObject([
      ["$edgeAgent", { type: "none" }],
      ["$edgeHub", { type: "none" }],
    ]);
    const module = { deviceId: "edge", moduleId: "a=b", managedBy: "IotEdge" };
    const made = (await registry("addModule", module)) as { etag: string };
    expect(made).toMatchObject({ ...module, connectionState: "Disconnected" });
    expect(await registry("getModule", "edge", "a=b")).toEqual(made);
    expect((await service.attempt("registry", "addModule", module)).error).toMatchObject({
      body: expect.stringContaining("ModuleAlreadyExistsOnDevice"),
    });
    const key = Buffer.alloc(32, 1).toString("base64");
    const authentication = { type: "sas", symmetricKey: { primaryKey: key, secondaryKey: key } };
    expect(await registry("updateModule", { ...made, authentication })).toMatchObject({ authentication });
    expect((await service.attempt("registry", "updateModule", { ...made, authentication })).error).toMatchObject({
      name: "InvalidEtagError",
    });
    for (let count = 3; count < 50; count++) await registry("addModule", { deviceId: "edge", moduleId: `m${count}` });
    const tooMany = await service.attempt("registry", "addModule", { deviceId: "edge", moduleId: "m50" });
    expect(tooMany.error?.body).toContain("TooManyModulesOnDevice");
    await registry("removeModule", "edge", "a=b");
    expect(room.fake.hub.registry.modules("edge")).toHaveLength(49);
  });

  it("changes twins by merging, or as a whole, when it knows their etag", async () => {
    await registry("create", { deviceId: "twins" });
    const first = (await registry("getTwin", "twins")) as { etag: string };
    expect(first).toMatchObject({ version: 1, properties: { desired: { $version: 1, $metadata: {} } }, tags: {} });
    const patch = { tags: { site: "north" }, properties: { desired: { a: { b: 1, c: 2 } } } };
    await registry("updateTwin", "twins", patch, first.etag);
    const outdated = await service.attempt("registry", "updateTwin", "twins", patch, first.etag);
    expect(outdated.error).toMatchObject({ name: "InvalidEtagError" });
    await registry("updateTwin", "twins", { properties: { desired: { a: { b: null } } } }, "*");
    const second = await registry("getTwin", "twins");
    expect(second).toMatchObject({ tags: { site: "north" }, properties: { desired: { a: { c: 2 }, $version: 3 } } });
    expect(JSON.stringify(second)).not.toContain('"b"');
  });

  it("sets the modules of a device, and those hear what has changed", async () => {
    await registry("create", { deviceId: "line-1", capabilities: { iotEdge: true } });
    await registry("applyConfigurationContentOnDevice", "line-1", { modulesContent: manifest });
    const agent = { deviceId: "line-1", moduleId: "$edgeAgent" };
    const key = Buffer.alloc(32, 2).toString("base64");
    const symmetricKey = { primaryKey: key, secondaryKey: key };
    room.fake.hub.registry.putModule(
      "line-1",
      "$edgeAgent",
      { ...agent, authentication: { type: "sas", symmetricKey } },
      "*",
    );
    const client = room.npm("device-client.mjs");
    await client.call("open", connectionStringOf(room.fake.hub, "line-1", "$edgeAgent"));
    const whole = manifest.$edgeAgent["properties.desired"];
    expect(await client.call("get-twin")).toMatchObject({ desired: { ...whole, $version: 2 } });
    await client.call("on-desired");
    const filter = "$iothub/twin/PATCH/properties/desired/#";
    const connection = () => room.fake.hub.connections.get("line-1/$edgeAgent");
    await waitFor("a subscription", () => connection()?.isSubscribed(filter) || undefined);
    const { sensor: _, ...none } = whole.modules;
    const content = { ...manifest, $edgeAgent: { "properties.desired": { ...whole, modules: none } } };
    await registry("applyConfigurationContentOnDevice", "line-1", { modulesContent: content });
    await client.event("desired", { patch: { modules: { sensor: null }, $version: 3 } });
    const modules = (await registry("getModulesOnDevice", "line-1")) as { moduleId: string; authentication: object }[];
    expect(modules.find(({ moduleId }) => moduleId === "sensor")).toMatchObject({
      managedBy: "IotEdge",
      authentication: { type: "none" },
    });
  });

  it("calls methods of modules that are there, and is told 404103 of others", async () => {
    await registry("create", { deviceId: "methods" });
    await registry("addModule", { deviceId: "methods", moduleId: "late" });
    const call = { methodName: "ping", payload: null };
    const offline = await service.attempt("invoke-method", "methods", "late", call);
    expect(offline.error?.body).toContain("404103");
    const waiting = service.call("invoke-method", "methods", "late", { ...call, connectTimeoutInSeconds: 60 });
    const client = room.npm("device-client.mjs");
    await client.call("open", connectionStringOf(room.fake.hub, "methods", "late"));
    await client.call("on-method", "ping", 200, { here: true });
    expect(await waiting).toEqual({ status: 200, payload: { here: true } });
  });

  it("is refused what its policy has no right to, and with a wrong key", async () => {
    const other = room.npm("service-client.mjs");
    await other.call("connect", room.fake.hub.connectionString("service"));
    expect((await other.attempt("registry", "create", { deviceId: "x" })).error).toMatchObject({
      name: "UnauthorizedError",
    });
    const foreign = room.fake.hub
      .connectionString()
      .replace(/SharedAccessKey=.*/, `SharedAccessKey=${"A".repeat(43)}=`);
    await other.call("connect", foreign);
    expect((await other.attempt("registry", "list")).error).toMatchObject({ name: "UnauthorizedError" });
  });

  it("is told to come back later", async () => {
    room.fake.hub.faults.inject("https", { match: /^GET \/devices/, status: 429, retryAfter: 7 });
    expect((await service.attempt("registry", "list")).error).toMatchObject({ name: "ThrottlingError" });
    await registry("list");
  });

  it("is answered 501 for what the fake does not know, and the test is told", async () => {
    const { error } = await service.attempt("registry", "getRegistryStatistics");
    expect(error?.message).toBeDefined();
    expect(room.fake.journal.takeViolations()).toMatchObject([
      { what: "GET /statistics/devices", why: "no such path" },
    ]);
  });
});
