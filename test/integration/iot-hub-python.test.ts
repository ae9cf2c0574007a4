import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, derivedKey, type Enrollment } from "../iot-hub/index.ts";
import { connectionStringOf } from "../iot-hub/judges/connection-string.ts";
import { type Courtroom, lacksPython, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";
import { waitFor } from "../support/wait-for.ts";

const lacking = lacksJudgeNetwork() ?? lacksPython();
if (lacking !== undefined) progress(`Microsoft's clients of PyPI do not judge the fake of IoT Hub: ${lacking}`);

const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const methods = "$iothub/methods/POST/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";

describe.skipIf(lacking !== undefined)("Microsoft's clients of PyPI, and the fake of IoT Hub", () => {
  let room: Courtroom;
  let service: Judge;

  beforeAll(async () => {
    room = await openCourtroom({ provisioning: { polls: 0 } });
    room.fake.hub.registry.putDevice("d1", { deviceId: "d1", capabilities: { iotEdge: true } }, undefined);
    service = await room.pypi("service_client.py");
    await service.call("connect", room.fake.hub.connectionString());
  });
  afterAll(() => room?.close());
  afterEach(() => room.fake.journal.expectNoViolations());

  async function module(moduleId: string, options: object = {}): Promise<Judge> {
    room.fake.hub.registry.putModule("d1", moduleId, { deviceId: "d1", moduleId }, undefined);
    const client = await room.pypi("device_client.py");
    await client.call("open", connectionStringOf(room.fake.hub, "d1", moduleId), options);
    return client;
  }

  it.each([false, true])("a module has its twin, methods and messages, over WebSocket: %s", async (websockets) => {
    const id = `module-${websockets}`;
    const client = await module(id, { websockets });
    expect(await client.call("get-twin")).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } });
    await client.call("report", { state: { level: 1 } });
    await client.call("on-desired");
    await client.call("on-method", 201, { in: "a minute" });
    await room.subscribed(`d1/${id}`, desired);
    await room.subscribed(`d1/${id}`, methods);
    expect(await service.call("change-desired", "d1", id, { rate: 5 })).toMatchObject({
      properties: { desired: { rate: 5, $version: 2 }, reported: { state: { level: 1 } } },
    });
    await client.event("desired", { patch: { rate: 5, $version: 2 } });
    await service.call("change-desired", "d1", id, { other: 1 }, null, true);
    await client.event("desired", { patch: { rate: null, other: 1, $version: 3 } });
    const method = { method_name: "reboot", payload: { force: true }, response_timeout_in_seconds: 20 };
    expect(await service.call("invoke-method", "d1", id, method)).toEqual({ status: 201, payload: { in: "a minute" } });
    await client.event("method", { name: "reboot", payload: { force: true } });
    await client.call("send", "1", { "a key": "ä=&/" }, "readings");
    expect(room.fake.hub.messages.at(-1)).toMatchObject({
      ...{ deviceId: "d1", moduleId: id, output: "readings", properties: { "a key": "ä=&/" } },
      ...{ system: { "$.ct": "application/json", "$.ce": "utf-8" }, body: Buffer.from("1") },
    });
  });

  it("a module takes a new token, and comes back after a cut", async () => {
    // The SDK takes it two minutes before the old one ends.
    const client = await module("renewing", { sastoken_ttl: 122 });
    await waitFor("a second connection", () => room.connects("d1/renewing").length >= 2 || undefined);
    await client.call("on-method", 200, null);
    await room.subscribed("d1/renewing", methods);
    const before = room.connects("d1/renewing").length;
    room.fake.hub.connections.get("d1/renewing")?.end("cut by the test");
    await waitFor("the client to come back", () => room.connects("d1/renewing").length > before || undefined);
    await room.subscribed("d1/renewing", methods);
    await client.call("send", "still there");
  });

  it("a service makes devices and modules, and is told what is wrong", async () => {
    expect(
      await service.call("registry", "create_device_with_sas", "py", key(1), key(2), "enabled", true),
    ).toMatchObject({
      ...{ deviceId: "py", capabilities: { iotEdge: true } },
      authentication: { type: "sas", symmetricKey: { primaryKey: key(1), secondaryKey: key(2) } },
    });
    const made = await service.call("registry", "create_module_with_sas", "py", "m1", "IotEdge", key(3), key(4));
    expect(made).toMatchObject({ moduleId: "m1", managedBy: "IotEdge" });
    const { etag } = made as { etag: string };
    await service.call("registry", "update_module_with_sas", "py", "m1", "IotEdge", etag, key(5), key(6));
    const outdated = await service.attempt(
      "registry",
      "update_module_with_sas",
      "py",
      "m1",
      "IotEdge",
      etag,
      key(5),
      key(6),
    );
    expect(outdated.error?.body).toContain("PreconditionFailed");
    const modules = (await service.call("registry", "get_modules", "py")) as { moduleId: string }[];
    expect(modules.map(({ moduleId }) => moduleId)).toEqual(["$edgeAgent", "$edgeHub", "m1"]);
    const part = (text: string) => ({ "properties.desired": { text } });
    await service.call("set-modules", "py", { $edgeAgent: part("agent"), $edgeHub: part("hub"), m1: part("one") });
    expect(room.fake.hub.registry.module("py", "m1").twin.forClient()).toMatchObject({ desired: { text: "one" } });
    const offline = await service.attempt("invoke-method", "py", "m1", { method_name: "ping", payload: null });
    expect(offline.error?.body).toContain("404103");
    await service.call("registry", "delete_module", "py", "m1");
    const gone = await service.attempt("registry", "get_module", "py", "m1");
    expect(gone.error?.body).toContain("ModuleNotFound");
    expect(await service.call("registry", "get_devices")).toHaveLength(2);
    await service.call("registry", "delete_device", "py");
  });

  it("devices register with keys and certificates, and connect with them", async () => {
    const { provisioning, hub } = room.fake;
    const { hostName: host, idScope: scope, enrollments } = provisioning;
    const authority = await createAuthority("CA of devices", Date.now());
    const common = {
      ...{ hub: "hub.test", enabled: true, iotEdge: true, payload: { site: "north" } },
      reprovision: { updateHubAssignment: true, migrateDeviceData: true },
    };
    const keys = { type: "symmetricKey", primaryKey: key(7), secondaryKey: key(8) } as const;
    const group = { type: "x509", certificates: [authority.certificate] } as const;
    const made: Enrollment[] = [
      { ...common, kind: "individual", name: "py-individual", attestation: keys },
      { ...common, kind: "group", name: "py-keys", attestation: keys },
      { ...common, kind: "group", name: "py-certificates", attestation: group },
    ];
    enrollments.push(...made);
    const { cert, key: own } = await authority.issue({ commonName: "py-certificate" });
    const files = { cert_file: join(room.directory, "cert.pem"), key_file: join(room.directory, "key.pem") };
    await writeFile(files.cert_file, cert);
    await writeFile(files.key_file, own);
    const device = await room.pypi("provisioning_client.py");
    const register = (id: string, ...credential: unknown[]) => device.call("register", host, scope, id, ...credential);
    const assigned = {
      status: "assigned",
      assignedHub: "hub.test",
      substatus: "initialAssignment",
      payload: '{"site": "north"}',
    };
    const derived = derivedKey(key(7), "py-member");
    expect(await register("py-individual", key(7), null, { from: "device" })).toMatchObject({
      ...assigned,
      deviceId: "py-individual",
    });
    expect(await register("py-member", derived, null, null, true)).toMatchObject({
      ...assigned,
      deviceId: "py-member",
    });
    expect(await register("py-certificate", null, files)).toMatchObject({ ...assigned, deviceId: "py-certificate" });
    const client = await room.pypi("device_client.py");
    await client.call("open", `HostName=hub.test;DeviceId=py-member;SharedAccessKey=${derived}`);
    await client.call("send", "1");
    const other = await room.pypi("device_client.py");
    await other.call("open-with-certificate", "hub.test", "py-certificate", files.cert_file, files.key_file);
    await other.call("send", "2");
    expect(hub.messages.slice(-2).map(({ deviceId }) => deviceId)).toEqual(["py-member", "py-certificate"]);
    const refused = await device.attempt("register", host, scope, "py-individual", key(9));
    expect(refused.error?.name).toBe("CredentialError");
  });
});
