import { createSecretKey } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority, type KeyPair } from "../../../test/iot-hub/index.ts";
import { key, useInstallation } from "../../../test/iot-hub/test/installation.ts";
import { connectTo } from "../../../test/support/hub-connection.ts";
import type { DeviceCredential } from "../device-credential.ts";
import { createDeviceConnections } from "./device-caller.ts";
import { createDeviceRegistry, type DeviceRegistryOptions } from "./device-registry.ts";
import { connectHttps } from "./hub-agent.ts";
import { judgeSilence } from "./judge-answer.ts";

const installation = useInstallation();
const credential = (fill: number): DeviceCredential => ({
  type: "key",
  key: createSecretKey(Buffer.from(key(fill), "base64")),
});
const keys = { primary: key(21), secondary: key(22) };

function registryOf(changes: Partial<DeviceRegistryOptions> = {}) {
  const { fake, clock, ports } = installation();
  const seen: Parameters<DeviceRegistryOptions["onAnswer"]>[0][] = [];
  const registry = createDeviceRegistry({
    hubHostname: "hub.test",
    deviceId: "d1",
    credentials: () => [credential(1)],
    connections: createDeviceConnections(connectTo(ports.https), { ca: [fake.caPem] }),
    clock,
    ending: new AbortController().signal,
    onAnswer: (answer) => seen.push(answer),
    ...changes,
  });
  return { registry, seen };
}

const failureOf = async (result: Promise<object>) => {
  const { failure } = (await result) as { failure?: { kind: string; error: { code: string; message: string } } };
  return failure && [failure.kind, failure.error.code];
};

describe("the registry of a device's modules", () => {
  it("lists, makes, changes and deletes them as the device", async () => {
    const { registry, seen } = registryOf();
    const { hub } = installation();
    expect(await registry.list()).toMatchObject({
      value: [
        { moduleId: "$edgeAgent", hasCredential: false, keys: { primary: "", secondary: "" } },
        { moduleId: "$edgeHub", usesKeys: false },
        { moduleId: "m1", usesKeys: true, managedBy: undefined, keys: { primary: key(1), secondary: key(2) } },
      ],
    });
    expect(await registry.put("sensor", keys, false)).toMatchObject({ value: { managedBy: "IotEdge", keys } });
    expect(await registry.put("$edgeAgent", keys, true)).toMatchObject({ value: { moduleId: "$edgeAgent", keys } });
    expect(hub.registry.module("d1", "$edgeAgent").authentication.symmetricKey.primaryKey).toBe(keys.primary);
    expect(await registry.remove("sensor")).toEqual({ value: null });
    expect(await registry.remove("sensor")).toEqual({ value: null });
    expect(seen).toHaveLength(5);
    expect(seen.every(({ keyIndex, aheadBy = Infinity }) => keyIndex === 0 && Math.abs(aheadBy) < 1000)).toBe(true);
  });

  it("tells that what it counts on has changed meanwhile", async () => {
    const { registry } = registryOf();
    expect(await failureOf(registry.put("m1", keys, false))).toEqual(["stale", "EDGE_HUB_REFUSED"]);
    expect(await failureOf(registry.put("gone", keys, true))).toEqual(["stale", "EDGE_HUB_REFUSED"]);
  });

  it("takes the other key where one is refused, and stays with it", async () => {
    const both = [credential(9), credential(2)];
    const { registry, seen } = registryOf({ credentials: () => both });
    const { journal } = installation().fake;
    expect(await registry.list()).toHaveProperty("value");
    expect(seen).toMatchObject([{ keyIndex: 1 }]);
    const before = journal.entries.length;
    expect(await registry.list()).toHaveProperty("value");
    expect(journal.entries.length - before).toBe(1);
  });

  it.each([
    ["a key that is none of the device", "d1", 9],
    ["a device that is disabled", "off", 1],
    ["a device that is not there", "nobody", 1],
  ])("refuses %s by one name, since the hub has one answer", async (_, deviceId, fill) => {
    const { registry, seen } = registryOf({ deviceId, credentials: () => [credential(fill)] });
    expect(await failureOf(registry.list())).toEqual(["unauthorized", "EDGE_HUB_KEY_REFUSED"]);
    expect(seen).toMatchObject([{ keyIndex: -1 }]);
  });

  it("tells a clock that is off from a key that is refused", async () => {
    const { clock } = installation();
    const late = { ...clock, now: () => clock.now() - 3_600_000, after: clock.after.bind(clock) };
    const { registry } = registryOf({ clock: late });
    const result = await registry.list();
    expect(result).toMatchObject({ failure: { kind: "clock", error: { code: "EDGE_HUB_CLOCK" } } });
    expect("failure" in result && result.failure.error.message).toContain("-3600 s");
  });

  it.each([
    [
      { status: 429, retryAfter: 17 },
      { kind: "throttled", retryAfter: 17_000, code: "EDGE_HUB_THROTTLED" },
    ],
    [{ status: 429 }, { kind: "throttled", retryAfter: 10_000, code: "EDGE_HUB_THROTTLED" }],
    [{ status: 403 }, { kind: "refused", retryAfter: undefined, code: "EDGE_HUB_SUSPENDED" }],
    [
      { status: 503, retryAfter: 3 },
      { kind: "away", retryAfter: 3000, code: "EDGE_HUB_AWAY" },
    ],
    [{ status: 413 }, { kind: "refused", retryAfter: undefined, code: "EDGE_HUB_TOO_MANY_MODULES" }],
    [{ status: 400 }, { kind: "refused", retryAfter: undefined, code: "EDGE_HUB_REFUSED" }],
    [{ cut: true }, { kind: "away", retryAfter: undefined, code: "EDGE_HUB_AWAY" }],
  ] as const)("tells what it means: %j", async (fault, { kind, retryAfter, code }) => {
    const { registry } = registryOf();
    installation().hub.faults.inject("https", fault);
    const result = await registry.list();
    expect(result).toMatchObject({ failure: { kind, error: { code } } });
    expect("failure" in result && result.failure.retryAfter).toBe(retryAfter);
  });

  it("tells a device that the hub does not know, where the hub says so", async () => {
    const { registry } = registryOf();
    installation().hub.faults.inject("https", { status: 404 });
    expect(await failureOf(registry.list())).toEqual(["unauthorized", "EDGE_HUB_DEVICE_UNKNOWN"]);
  });

  it("trusts no hub whose CA it was not told of", async () => {
    const { ports } = installation();
    const { registry } = registryOf({
      connections: createDeviceConnections(connectTo(ports.https), { ca: [] }),
    });
    expect(await failureOf(registry.list())).toEqual(["untrusted", "EDGE_HUB_UNTRUSTED"]);
  });

  it("tells a hub that is not there", async () => {
    const { registry } = registryOf({
      hubHostname: "hub.invalid",
      connections: createDeviceConnections(connectHttps, { ca: [] }),
    });
    expect(await failureOf(registry.list())).toEqual(["away", "EDGE_HUB_AWAY"]);
  });
});

describe("a device with a certificate", () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority("CA of devices", Date.now());
  });
  const credentialOf = ({ cert, key: privateKey }: KeyPair): DeviceCredential => ({
    ...{ type: "certificate", certificate: cert, privateKey, notAfter: Number.POSITIVE_INFINITY },
  });

  it("shows it by TLS, and another one as soon as it has that", async () => {
    const pairs = [await authority.issue({ commonName: "x1" }), await authority.issue({ commonName: "x1" })] as const;
    let [shown] = pairs as readonly KeyPair[];
    const x509Thumbprint = { primaryThumbprint: pairs[1].thumbprint, secondaryThumbprint: pairs[0].thumbprint };
    const device = { deviceId: "x1", capabilities: { iotEdge: true } };
    const put = (thumbprints: typeof x509Thumbprint, etag?: string) =>
      installation().hub.registry.putDevice(
        "x1",
        { ...device, authentication: { type: "selfSigned", x509Thumbprint: thumbprints } },
        etag,
      );
    put(x509Thumbprint);
    const kept = new Map(pairs.map((pair) => [pair as KeyPair, [credentialOf(pair)]]));
    const { registry, seen } = registryOf({
      deviceId: "x1",
      credentials: () => kept.get(shown as KeyPair) ?? [],
    });
    expect(await registry.list()).toHaveProperty("value");
    expect(await registry.put("sensor", keys, false)).toHaveProperty("value");
    put({ ...x509Thumbprint, secondaryThumbprint: pairs[1].thumbprint }, "*");
    expect(await failureOf(registry.list())).toEqual(["unauthorized", "EDGE_HUB_KEY_REFUSED"]);
    shown = pairs[1];
    expect(await registry.list()).toHaveProperty("value");
    expect(seen.map(({ keyIndex }) => keyIndex)).toEqual([0, 0, -1, 0]);
  });

  it.each(["ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"])(
    "tells %s, by which the hub refuses it in TLS, from a hub that nobody trusts",
    (reason) => {
      const place = { hubHostname: "hub.test", deviceId: "d1" };
      const { kind, error } = judgeSilence(place, reason);
      expect([kind, error.code]).toEqual(["unauthorized", "EDGE_HUB_KEY_REFUSED"]);
      expect(judgeSilence(place, "CERT_HAS_EXPIRED").kind).toBe("untrusted");
    },
  );
});

describe("an answer that is none of a hub", () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).map((server) => server.close()));

  it.each([
    ["a page in place of JSON", "<html>log in</html>", "EDGE_HUB_ANSWER"],
    ["modules of another form", '[{"id":"a"}]', "EDGE_HUB_ANSWER"],
    ["more than it may be", "x".repeat(300_000), "EDGE_HUB_AWAY"],
  ])("is refused: %s", async (_, text, code) => {
    const server = createServer((_request, response) => void response.end(text));
    servers.push(server);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const { Agent } = await import("undici");
    const plain = new Agent().compose(
      (dispatch) => (options, handler) => dispatch({ ...options, origin: `http://127.0.0.1:${port}` }, handler),
    );
    const { registry } = registryOf({ connections: createDeviceConnections(async () => plain, { ca: [] }) });
    expect((await failureOf(registry.list()))?.[1]).toBe(code);
  });
});
