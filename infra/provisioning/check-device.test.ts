import { beforeEach, describe, expect, it } from "vitest";
import { connectHttps, openLink } from "#iot-hub";
import { createAuthority, type Enrollment } from "../../test/iot-hub/index.ts";
import { connectionStringOf } from "../../test/iot-hub/judges/connection-string.ts";
import { key, useInstallation } from "../../test/iot-hub/test/installation.ts";
import { startConnectProxy } from "../../test/support/connect-proxy.ts";
import { connectTo } from "../../test/support/hub-connection.ts";
import { checkDevice, type DeviceCheckOptions, type DeviceFindings } from "./check-device.ts";

const installation = useInstallation({ provisioning: { polls: 0, retryAfterSeconds: 0 } });
const registration = { globalEndpoint: "https://dps.test", idScope: "0ne00000001", registrationId: "line-1" };
let enrollment: Enrollment;

beforeEach(() => {
  enrollment = {
    ...{ kind: "individual", name: "line-1", hub: "hub.test", enabled: true, iotEdge: true },
    attestation: { type: "symmetricKey", primaryKey: key(5), secondaryKey: key(6) },
    reprovision: { updateHubAssignment: true, migrateDeviceData: true },
  };
  installation().fake.provisioning.enrollments.push(enrollment);
});

type Settings = DeviceCheckOptions["settings"];

const trust = () => ({ trustedCas: [installation().fake.caPem] });
const manual = (): Settings => ({
  ...{ hubHostname: "hub.test", deviceId: "d1" },
  provisioning: { source: "manual", ...trust() },
});
const dps = (): Settings => ({ provisioning: { source: "dps", registration, ...trust() } });
const own = () => ({ connectionString: connectionStringOf(installation().hub, "d1") });

function check(settings: Settings, secret: Record<string, string>, more: Partial<DeviceCheckOptions> = {}) {
  const { ports, clock: fakes } = installation();
  // The fake's time stands still, and what is waited for is over at once.
  const clock = {
    now: () => fakes.now(),
    after: (_: number, action: () => void) => {
      const timer = setTimeout(action, 0);
      return () => clearTimeout(timer);
    },
  };
  return checkDevice({
    ...{ settings, secret, clock, connect: connectTo(ports.https), open: openLink },
    target: { address: "127.0.0.1", port: ports.mqtt },
    signal: new AbortController().signal,
    ...more,
  });
}

/** What is not well, by the check's id. */
const faults = ({ checks }: DeviceFindings) =>
  Object.fromEntries(
    checks.filter(({ severity }) => severity !== "ok").map(({ id, severity, evidence }) => [id, evidence || severity]),
  );
const rest = (...ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, "unknown"]));
const hubLinks = ["hub-reach", "hub-trust", "hub-clock", "hub-accepts"];
const last = ["edge-device", "mqtt-reach"];

describe("a device's way to its hub", () => {
  it("is well, link by link, and nobody is cut off", async () => {
    const found = await check(manual(), own());
    expect(faults(found)).toEqual({});
    expect(found.checks.map(({ id }) => id)).toEqual(["credential-format", ...hubLinks, ...last]);
    expect(found.place).toEqual({ hubHostname: "hub.test", deviceId: "d1" });
    expect(JSON.stringify(found)).not.toContain(key(1));
  });

  it("is found by the provisioning service", async () => {
    const found = await check(dps(), { symmetricKey: key(5) });
    expect(faults(found)).toEqual({});
    expect(found.place).toEqual({ hubHostname: "hub.test", deviceId: "line-1" });
    expect(found.checks).toHaveLength(11);
  });

  it("tells a credential of another form before anybody is called", async () => {
    expect(faults(await check(manual(), { connectionString: "nonsense" }))).toEqual({
      "credential-format": "EDGE_HUB_CREDENTIAL",
      ...rest(...hubLinks, ...last),
    });
    expect(faults(await check(manual(), { symmetricKey: key(1), a: "" }))).toMatchObject({
      "credential-format": "EDGE_HUB_CREDENTIAL; the Secret has symmetricKey, a",
    });
    expect(faults(await check(manual(), {}))).toMatchObject({
      "credential-format": "EDGE_HUB_CREDENTIAL; the Secret is empty",
    });
    const now = installation().clock.now();
    const { cert, key: privateKey } = await (await createAuthority("CA", now)).issue({
      commonName: "d1",
      notAfter: now,
    });
    const settings: Settings = { ...manual(), provisioning: { source: "manual", method: "x509", ...trust() } };
    expect(faults(await check(settings, { "tls.crt": cert, "tls.key": privateKey }))).toMatchObject({
      "credential-format": "EDGE_HUB_CERTIFICATE_ENDED",
    });
    expect(installation().fake.journal.entries).toEqual([]);
  });

  it("tells a key that is refused, a hub that is not trusted, and one that is not reached, each by its link", async () => {
    const other = { connectionString: own().connectionString.replace(key(1), key(9)) };
    expect(faults(await check(manual(), other))).toEqual({ "hub-accepts": "EDGE_HUB_KEY_REFUSED", ...rest(...last) });
    const untrusted = { ...manual(), provisioning: { source: "manual" as const } };
    expect(faults(await check(untrusted, own()))).toEqual({
      ...{ "hub-trust": "EDGE_HUB_UNTRUSTED" },
      ...rest("hub-clock", "hub-accepts", ...last),
    });
    const connect = connectTo(1);
    expect(faults(await check(manual(), own(), { connect }))).toMatchObject({ "hub-reach": "EDGE_HUB_AWAY" });
  });

  it("tells a clock that is off, also where it does no harm yet", async () => {
    const { clock } = installation();
    const by = (milliseconds: number) => ({
      clock: { now: () => clock.now() + milliseconds, after: clock.after.bind(clock) },
    });
    expect(faults(await check(manual(), own(), by(60_000)))).toEqual({ "hub-clock": "60 s ahead" });
    expect(faults(await check(manual(), own(), by(-3_600_000)))).toMatchObject({ "hub-clock": "EDGE_HUB_CLOCK" });
  });

  it("tells a device that is none of IoT Edge, and a port that is closed", async () => {
    const { hub } = installation();
    const string = connectionStringOf(hub, "d2");
    expect(faults(await check({ ...manual(), deviceId: "d2" }, { connectionString: string }))).toEqual({
      "edge-device": "0 identities of modules",
    });
    const target = { address: "127.0.0.1", port: 1 };
    expect(faults(await check(manual(), own(), { target }))).toEqual({ "mqtt-reach": "EDGE_HUB_CONNECTION_FAILED" });
  });

  it("tells an enrollment that is disabled, and a service that refuses", async () => {
    expect(faults(await check(dps(), { symmetricKey: key(9) }))).toEqual({
      "service-accepts": "EDGE_DPS_REFUSED",
      ...rest(...hubLinks, ...last),
    });
    (enrollment as { enabled: boolean }).enabled = false;
    expect(faults(await check(dps(), { symmetricKey: key(5) }))).toMatchObject({
      "service-accepts": "EDGE_DPS_DISABLED",
    });
  });

  it("is tried through the proxy, with MQTT by WebSocket", async () => {
    const { ports } = installation();
    const proxy = await startConnectProxy(() => ports.https);
    const way = { upstreamProtocol: "MqttWs" as const, proxy: { url: proxy.url, exceptions: [] } };
    const settings = { ...manual(), provisioning: { source: "manual" as const, ...trust(), ...way } };
    expect(faults(await check(settings, own(), { connect: connectHttps, target: {} }))).toEqual({});
    expect(proxy.asked).toEqual(["hub.test:443", "hub.test:443"]);
    await proxy.close();
  });
});
