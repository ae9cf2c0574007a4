import { X509Certificate } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority, derivedKey, type Enrollment } from "../iot-hub/index.ts";
import { type Courtroom, openCourtroom } from "../iot-hub/judges/courtroom.ts";
import type { Judge } from "../iot-hub/judges/judge.ts";
import { lacksJudgeNetwork } from "../iot-hub/judges/network.ts";
import { progress } from "../support/progress.ts";

const lacking = lacksJudgeNetwork();
if (lacking !== undefined)
  progress(`Microsoft's clients do not judge the fake of the provisioning service: ${lacking}`);

const key = (fill: number) => Buffer.alloc(32, fill).toString("base64");
const always = { updateHubAssignment: true, migrateDeviceData: true };
const transports = ["Http", "Mqtt", "MqttWs"];

describe.skipIf(lacking !== undefined)("devices on the SDK of npm, and the fake of the provisioning service", () => {
  let room: Courtroom;
  let authority: Authority;
  let device: Judge;

  beforeAll(async () => {
    room = await openCourtroom({ hubs: ["hub.test", "hub2.test"], provisioning: { polls: 0 } });
    device = room.npm("provisioning-client.mjs");
    authority = await createAuthority("CA of devices", Date.now());
  });
  afterAll(() => room?.close());
  afterEach(() => room.fake.journal.expectNoViolations());

  function enroll(enrollment: Partial<Enrollment> & Pick<Enrollment, "kind" | "name" | "attestation">): Enrollment {
    const made = { hub: "hub.test", enabled: true, iotEdge: true, reprovision: always, ...enrollment };
    room.fake.provisioning.enrollments.push(made);
    return made;
  }

  const keys = (fill: number) =>
    ({ type: "symmetricKey", primaryKey: key(fill), secondaryKey: key(fill + 1) }) as const;

  /** Registers as a device that begins anew. */
  function attempt(registrationId: string, transport: string, credential: object) {
    const { hostName: host, idScope: scope } = room.fake.provisioning;
    return device.attempt("register", { host, scope, registrationId, transport, ...credential });
  }

  async function register(...args: Parameters<typeof attempt>) {
    const { result, error } = await attempt(...args);
    if (error !== undefined) throw new Error(`${error.message} ${error.body}`);
    return result as Record<string, unknown>;
  }

  /** Connects to the hub with what was shown to the provisioning service. */
  async function connect(deviceId: string, hub: string, connection: string, options?: object) {
    const client = room.npm("device-client.mjs");
    await client.call("open", `HostName=${hub};DeviceId=${deviceId};${connection}`, { options });
    await client.call("send", "hello");
    expect(room.fake.hubs.find(({ hostName }) => hostName === hub)?.messages.at(-1)).toMatchObject({ deviceId });
  }

  it.each(transports)("register by %s with the key of an individual enrollment", async (transport) => {
    const name = `individual-${transport.toLowerCase()}`;
    enroll({
      kind: "individual",
      name,
      deviceId: `device-${transport}`,
      attestation: keys(1),
      payload: { site: "north" },
    });
    const result = await register(name, transport, { key: key(2), payload: { from: "device" } });
    expect(result).toMatchObject({
      ...{ assignedHub: "hub.test", deviceId: `device-${transport}`, status: "assigned" },
      ...{ substatus: "initialAssignment", payload: { site: "north" } },
    });
    await connect(`device-${transport}`, "hub.test", `SharedAccessKey=${key(1)}`);
    expect(room.fake.hub.registry.module(`device-${transport}`, "$edgeAgent").authentication.type).toBe("none");
  });

  it.each(transports)("register by %s with a key derived from a group's", async (transport) => {
    const name = `member-${transport.toLowerCase()}`;
    enroll({ kind: "group", name: `keys-${transport}`, attestation: keys(3) });
    const own = derivedKey(key(3), name);
    const result = await register(name, transport, { key: own });
    expect(result).toMatchObject({ assignedHub: "hub.test", deviceId: name, substatus: "initialAssignment" });
    await connect(name, "hub.test", `SharedAccessKey=${own}`);
  });

  it.each(["Http", "Mqtt"])("register by %s with certificates, their own and their CA's", async (transport) => {
    const individual = await authority.issue({ commonName: "anything" });
    const name = `x509-${transport.toLowerCase()}`;
    enroll({
      kind: "individual",
      name,
      attestation: { type: "x509", certificates: [new X509Certificate(individual.cert)] },
    });
    enroll({
      kind: "group",
      name: `ca-${transport}`,
      attestation: { type: "x509", certificates: [authority.certificate] },
    });
    const member = await authority.issue({ commonName: `member-${name}` });
    for (const [id, { cert, key: own }] of [
      [name, individual],
      [`member-${name}`, member],
    ] as const) {
      const result = await register(id, transport, { certificate: { cert, key: own } });
      expect(result).toMatchObject({ assignedHub: "hub.test", deviceId: id });
      await connect(id, "hub.test", "x509=true", { cert, key: own });
    }
    const { error } = await attempt("another", transport, { certificate: { cert: member.cert, key: member.key } });
    expect(error?.message).toMatch(/unauthorized|Not authorized|failure/i);
  });

  it("are moved to another hub by the enrollment's policy", async () => {
    const [first, second] = room.fake.hubs;
    const migrated = enroll({ kind: "individual", name: "migrated", attestation: keys(5) });
    const reset = { updateHubAssignment: true, migrateDeviceData: false };
    const initialTwin = { desired: { initial: true } };
    const anew = enroll({ kind: "individual", name: "anew", attestation: keys(5), reprovision: reset, initialTwin });
    const never = { updateHubAssignment: false, migrateDeviceData: false };
    const stays = enroll({ kind: "individual", name: "stays", attestation: keys(5), reprovision: never });
    const enrollments = [migrated, anew, stays];
    const substatuses = async () => {
      const results = enrollments.map(({ name }) => register(name, "Http", { key: key(5) }));
      return (await Promise.all(results)).map(({ assignedHub, substatus }) => [assignedHub, substatus]);
    };
    await substatuses();
    for (const { name } of enrollments) first?.registry.device(name).twin.patch({ reported: { seen: name } });
    for (const enrollment of enrollments) enrollment.hub = "hub2.test";
    expect(await substatuses()).toEqual([
      ["hub2.test", "deviceDataMigrated"],
      ["hub2.test", "deviceDataReset"],
      ["hub.test", "initialAssignment"],
    ]);
    expect(first?.registry.devices().map(({ deviceId }) => deviceId)).not.toContain("migrated");
    expect(second?.registry.device("migrated").twin.valueOf("reported")).toEqual({ seen: "migrated" });
    expect(second?.registry.device("anew").twin.forClient()).toMatchObject({
      desired: { initial: true },
      reported: {},
    });
    await connect("migrated", "hub2.test", `SharedAccessKey=${key(5)}`);
    anew.hub = "hub.test";
    expect((await substatuses())[1]).toEqual(["hub.test", "reprovisionedToInitialAssignment"]);
  });

  it("are refused with a foreign key, when nobody has enrolled them, and when the enrollment is disabled", async () => {
    enroll({ kind: "individual", name: "known", attestation: keys(7) });
    enroll({ kind: "individual", name: "disabled", attestation: keys(7), enabled: false });
    for (const transport of ["Http", "Mqtt"]) {
      expect((await attempt("known", transport, { key: key(9) })).error?.message).toMatch(/401002|Not authorized/);
      expect((await attempt("nobody", transport, { key: key(7) })).error?.message).toMatch(/401002|Not authorized/);
      expect((await attempt("disabled", transport, { key: key(7) })).error?.message).toContain("status is disabled");
    }
  });

  it("wait as they are told when the service is busy", async () => {
    enroll({ kind: "individual", name: "busy", attestation: keys(11) });
    room.fake.provisioning.faults.inject("register", { status: 429, retryAfter: 1 });
    room.fake.provisioning.faults.inject("poll", { status: 503, retryAfter: 1 });
    expect(await register("busy", "Mqtt", { key: key(11) })).toMatchObject({ assignedHub: "hub.test" });
  });
});
