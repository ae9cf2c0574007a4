import { createHmac, createPrivateKey, randomUUID, X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { identityOf } from "../fakes/iotedged-api.ts";
import { type FakeIotHub, startFakeIotHub } from "../iot-hub/index.ts";
import { send } from "../iot-hub/test/raw-https.ts";
import { startWorkload, type Workload } from "./sample-modules/workload.ts";

const hubHostname = "hub.test";
const deviceId = "line-1";
const edgeHub = "$edgeHub";
const version = "api-version=2020-07-07";
const own = `/modules/%24edgeHub/genid/${identityOf(edgeHub).generationId}`;
const day = 86_400_000;
const base64 = (text: string) => Buffer.from(text).toString("base64");

let workload: Workload;
let fake: FakeIotHub;
let port: number;

beforeAll(async () => {
  workload = await startWorkload([edgeHub, "sensor"], hubHostname);
  fake = await startFakeIotHub({ hubs: [hubHostname] });
  port = await fake.listen("https");
  const { registry } = fake.hub;
  registry.putDevice(deviceId, { deviceId, capabilities: { iotEdge: true } }, undefined);
  for (const moduleId of [edgeHub, "sensor"]) {
    const symmetricKey = { primaryKey: workload.keyOf(moduleId), secondaryKey: workload.keyOf(moduleId) };
    const authentication = { type: "sas", symmetricKey };
    const body = { deviceId, moduleId, managedBy: "IotEdge", authentication };
    registry.putModule(deviceId, moduleId, body, moduleId === edgeHub ? "*" : undefined);
  }
});
afterAll(async () => {
  fake.journal.expectNoViolations();
  await fake.close();
  await workload.api.close();
});

const call = async (method: string, path: string, body?: object, moduleId = edgeHub) => {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const { status, json } = await workload.api.call(moduleId, method, `${path}?${version}`, text);
  return { status, json };
};

/** As .NET writes it. */
const dotNetTime = (time: number) => new Date(time).toISOString().replace("Z", "4567Z");

/** Ids of modules are encoded, and the whole once more. */
async function dotNetToken(moduleId: string, genid: string): Promise<string> {
  const resource = `${hubHostname}/devices/${deviceId}/modules/${encodeURIComponent(moduleId)}`;
  const sr = encodeURIComponent(resource);
  const se = Math.floor(Date.now() / 1000) + 3600;
  const body = { keyId: "primary", algo: "HMACSHA256", data: base64(`${sr}\n${se}`) };
  const path = `/modules/${encodeURIComponent(moduleId)}/genid/${genid}/sign`;
  const { status, json } = await call("POST", path, body, moduleId);
  expect(status).toBe(200);
  return `SharedAccessSignature sr=${sr}&sig=${encodeURIComponent(json.digest)}&se=${se}`;
}

/** What Microsoft's edgeHub asks for when it starts, in its order and as it writes it: by its source, it was not run. */
describe("Microsoft's edgeHub, by contract", () => {
  it("gets a server certificate for 90 days, with the gateway's name, a chain and a key that .NET reads", async () => {
    const expiration = dotNetTime(Date.now() + 90 * day);
    const { status, json } = await call("POST", `${own}/certificate/server`, { commonName: "localhost", expiration });
    expect(status).toBe(201);
    const pems: string[] = json.certificate.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    expect(pems.length).toBeGreaterThan(1);
    const [leaf, issuer] = pems.map((pem) => new X509Certificate(pem));
    expect(leaf?.subjectAltName?.split(", ")).toContain("DNS:localhost");
    expect(issuer !== undefined && leaf?.checkIssued(issuer)).toBe(true);
    expect(json.privateKey).toMatchObject({
      type: "key",
      bytes: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----/),
    });
    expect(leaf?.checkPrivateKey(createPrivateKey(json.privateKey.bytes))).toBe(true);
    const end = Date.parse(json.expiration);
    expect(end).toBeGreaterThan(Date.now() + 89 * day);
    expect(end).toBeLessThanOrEqual(Date.now() + 90 * day);
  });

  it("gets a trust bundle that is not empty, from which its own certificate follows", async () => {
    const { status, json } = await call("GET", "/trust-bundle");
    expect(status).toBe(200);
    expect(new X509Certificate(json.certificate).ca).toBe(true);
  });

  it("signs tokens whose ids are encoded twice, which IoT Hub takes, and gets the keys of its clients for them", async () => {
    const authorization = await dotNetToken(edgeHub, identityOf(edgeHub).generationId);
    expect(authorization).toContain("%2524edgeHub");
    const path = `/devices/${deviceId}/modules/%24edgeHub/devicesAndModulesInTargetDeviceScope?api-version=2020-06-30-preview`;
    const body = { pageSize: 10, authChain: deviceId };
    const answer = await send(
      { fake, ports: { https: port } },
      { method: "POST", path, headers: { authorization }, body },
    );
    expect(answer.status).toBe(200);
    const sensor = JSON.parse(answer.text).modules.find((each: { moduleId: string }) => each.moduleId === "sensor");
    // With that key edgeHub verifies what a module says when it connects.
    const token = new URLSearchParams((await dotNetToken("sensor", identityOf("sensor").generationId)).split(" ")[1]);
    const signed = `${encodeURIComponent(token.get("sr") ?? "")}\n${token.get("se")}`;
    const key = Buffer.from(sensor.authentication.symmetricKey.primaryKey, "base64");
    expect(createHmac("sha256", key).update(signed).digest("base64")).toBe(token.get("sig"));
  });

  it("encrypts what it stores under the text of a GUID as vector, and reads it again", async () => {
    const vector = base64(randomUUID());
    const plaintext = base64(JSON.stringify({ identity: "line-1/sensor" }));
    const encrypted = await call("POST", `${own}/encrypt`, { plaintext, initializationVector: vector });
    expect(encrypted.status).toBe(200);
    const { ciphertext } = encrypted.json;
    const decrypted = await call("POST", `${own}/decrypt`, { ciphertext, initializationVector: vector });
    expect(decrypted).toMatchObject({ status: 200, json: { plaintext } });
  });
});
