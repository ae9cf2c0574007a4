import { createSecretKey, X509Certificate } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { createAuthority, derivedKey, type Enrollment, type KeyPair } from "../../../test/iot-hub/index.ts";
import { key, useInstallation } from "../../../test/iot-hub/test/installation.ts";
import { connectTo } from "../../../test/support/hub-connection.ts";
import { waitFor } from "../../../test/support/wait-for.ts";
import { createDeviceConnections } from "../https/device-caller.ts";
import { type RegisterDeviceOptions, registerDevice } from "./register-device.ts";

const made = useInstallation({
  hubs: ["hub.test", "hub2.test"],
  provisioning: { polls: 1, retryAfterSeconds: 3 },
});
const credentialOf = (text: string) => ({ type: "key", key: createSecretKey(Buffer.from(text, "base64")) }) as const;
const attestation = { type: "symmetricKey", primaryKey: key(1), secondaryKey: key(2) } as const;

function enroll(enrollment: Partial<Enrollment>): Enrollment {
  const reprovision = { updateHubAssignment: true, migrateDeviceData: true };
  const common = { kind: "individual", name: "line-1", hub: "hub.test", enabled: true, iotEdge: true } as const;
  const whole = { ...common, attestation, reprovision, ...enrollment };
  made().fake.provisioning.enrollments.push(whole);
  return whole;
}

beforeEach(() => void enroll({ deviceId: "device-of-line-1" }));

/** Registers while the fake's time goes on. */
async function register(changes: Partial<RegisterDeviceOptions> = {}, step = 3000) {
  const { fake, clock, ports } = made();
  const connections = createDeviceConnections(connectTo(ports.https), { ca: [fake.caPem] });
  let result: Awaited<ReturnType<typeof registerDevice>> | undefined;
  void registerDevice({
    globalEndpoint: "https://dps.test",
    idScope: fake.provisioning.idScope,
    registrationId: "line-1",
    credentials: () => [credentialOf(key(1))],
    ...{ connections, clock, ending: new AbortController().signal, onAnswer: () => {} },
    ...changes,
  }).then((settled) => {
    result = settled;
  });
  return waitFor("the registration", async () => {
    if (result === undefined) await clock.advance(step);
    return result;
  });
}

const failure = async (changes: Partial<RegisterDeviceOptions> = {}, step?: number) => {
  const result = await register(changes, step);
  if ("value" in result) throw new Error("it was assigned");
  const { kind, retryAfter, error } = result.failure;
  return { kind, retryAfter, code: error.code, message: error.message };
};

const certificateOf = ({ cert, key: privateKey }: KeyPair) =>
  ({ type: "certificate", certificate: cert, privateKey, notAfter: Number.POSITIVE_INFINITY }) as const;

describe("a device's registration", () => {
  it("tells the hub and the device that it is assigned, polled as Retry-After says", async () => {
    expect(await register()).toEqual({
      value: { hubHostname: "hub.test", deviceId: "device-of-line-1", substatus: "initialAssignment" },
    });
    const calls = made().fake.journal.entries.filter(({ host }) => host === "dps.test");
    expect(calls.map(({ outcome }) => outcome)).toEqual(["202", "202", "200"]);
    expect(made().hub.registry.device("device-of-line-1").authentication.symmetricKey.primaryKey).toBe(key(1));
  });

  it("is had with a key that was derived from a group's, and not with the group's own", async () => {
    enroll({ kind: "group", name: "keys", attestation: { ...attestation, primaryKey: key(5) } });
    const own = credentialOf(derivedKey(key(5), "line-7"));
    expect(await register({ registrationId: "line-7", credentials: () => [own] })).toMatchObject({
      value: { deviceId: "line-7" },
    });
    const groups = credentialOf(key(5));
    expect(await failure({ registrationId: "line-8", credentials: () => [groups] })).toMatchObject({
      kind: "unauthorized",
      code: "EDGE_DPS_REFUSED",
    });
  });

  it("is had with a certificate: the device's own, or one of the group's CA that names the registration", async () => {
    const authority = await createAuthority("CA of devices", Date.now());
    const clock = made().clock.now();
    const times = { notBefore: clock - 1000, notAfter: clock + 86_400_000 };
    const [own, member] = [
      await authority.issue({ commonName: "anything", ...times }),
      await authority.issue({ commonName: "line-9", ...times }),
    ];
    enroll({ name: "line-5", attestation: { type: "x509", certificates: [new X509Certificate(own.cert)] } });
    enroll({ kind: "group", name: "ca", attestation: { type: "x509", certificates: [authority.certificate] } });
    const by = (registrationId: string, pair: KeyPair) => ({
      registrationId,
      credentials: () => [certificateOf(pair)],
    });
    expect(await register(by("line-5", own))).toMatchObject({ value: { deviceId: "line-5" } });
    expect(await register(by("line-9", member))).toMatchObject({ value: { deviceId: "line-9" } });
    expect(await failure(by("line-6", member))).toMatchObject({ kind: "unauthorized", code: "EDGE_DPS_REFUSED" });
  });

  it("takes the second key where the first is refused", async () => {
    const both = [credentialOf(key(9)), credentialOf(key(2))];
    expect(await register({ credentials: () => both })).toHaveProperty("value");
  });

  it("tells of a move to another hub", async () => {
    const [enrollment] = made().fake.provisioning.enrollments;
    await register();
    if (enrollment !== undefined) enrollment.hub = "hub2.test";
    expect(await register()).toMatchObject({
      value: { hubHostname: "hub2.test", deviceId: "device-of-line-1", substatus: "deviceDataMigrated" },
    });
  });

  it.each([
    ["another key", { credentials: () => [credentialOf(key(9))] }],
    ["a registration that nobody has enrolled", { registrationId: "nobody" }],
    ["another scope", { idScope: "0ne00000002" }],
  ])("is refused with %s, and tried again a minute later at the earliest", async (_, changes) => {
    expect(await failure(changes)).toMatchObject({
      kind: "unauthorized",
      code: "EDGE_DPS_REFUSED",
      retryAfter: 60_000,
    });
  });

  it("tells an enrollment that is disabled, and one whose hub is not there", async () => {
    enroll({ name: "off", enabled: false });
    enroll({ name: "astray", hub: "hub9.test" });
    expect(await failure({ registrationId: "off" })).toMatchObject({ kind: "refused", code: "EDGE_DPS_DISABLED" });
    const failed = await failure({ registrationId: "astray" });
    expect(failed).toMatchObject({ kind: "refused", code: "EDGE_DPS_FAILED" });
    expect(failed.message).toContain("400207");
  });

  it("tells a clock that is off from a key that is refused", async () => {
    const { clock } = made();
    const late = { now: () => clock.now() - 3_600_000, after: clock.after.bind(clock) };
    expect(await failure({ clock: late })).toMatchObject({ kind: "clock", code: "EDGE_DPS_CLOCK" });
  });

  it("waits for a service that is busy or has a fault while it is polled", async () => {
    made().fake.provisioning.faults.inject("poll", { status: 503, retryAfter: 2 });
    expect(await register()).toHaveProperty("value");
  });

  it.each([
    [
      { status: 429, retryAfter: 17 },
      { kind: "throttled", code: "EDGE_DPS_THROTTLED", retryAfter: 17_000 },
    ],
    [
      { status: 503, retryAfter: 3 },
      { kind: "away", code: "EDGE_DPS_AWAY", retryAfter: 3000 },
    ],
    [{ cut: true }, { kind: "away", code: "EDGE_DPS_AWAY" }],
  ] as const)("is left to later where it cannot begin: %j", async (fault, told) => {
    made().fake.provisioning.faults.inject("https", fault);
    expect(await failure()).toMatchObject(told);
  });

  it("is polled once a second at most, though the service asks for no pause", async () => {
    for (let polls = 0; polls < 5; polls++)
      made().fake.provisioning.faults.inject("poll", { status: 503, retryAfter: 0 });
    const begin = made().clock.now();
    expect(await register({}, 500)).toHaveProperty("value");
    expect(made().clock.now() - begin).toBeGreaterThanOrEqual(10_000);
  });

  it("is not waited for without end", async () => {
    const { faults } = made().fake.provisioning;
    for (let polls = 0; polls < 10; polls++) faults.inject("poll", { status: 503, retryAfter: 60 });
    expect(await failure({}, 60_000)).toMatchObject({ kind: "away", code: "EDGE_DPS_AWAY" });
  });

  it("trusts no service whose CA it was not told of", async () => {
    const connections = createDeviceConnections(connectTo(made().ports.https), { ca: [] });
    expect(await failure({ connections })).toMatchObject({ kind: "untrusted", code: "EDGE_DPS_UNTRUSTED" });
  });

  it.each([
    ["no name of a host", { assignedHub: "hub.test/x", deviceId: "d" }],
    ["no id of a device", { assignedHub: "hub.test", deviceId: "a/b" }],
    ["nothing", {}],
  ])("believes no answer that names %s", async (_, registrationState) => {
    const { MockAgent } = await import("undici");
    const agent = new MockAgent();
    agent.disableNetConnect();
    agent
      .get("https://dps.test")
      .intercept({ path: /register/, method: "PUT" })
      .reply(200, { status: "assigned", registrationState });
    const connections = createDeviceConnections(async () => agent, { ca: [] });
    expect(await failure({ connections })).toMatchObject({ kind: "unreadable", code: "EDGE_DPS_ANSWER" });
  });
});
