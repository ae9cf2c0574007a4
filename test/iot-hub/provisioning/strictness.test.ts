import type { IConnectPacket, IPublishPacket } from "mqtt-packet";
import { beforeEach, describe, expect, it } from "vitest";
import { createAuthority, type Leaf } from "../index.ts";
import { type Installation, key, useInstallation } from "../test/installation.ts";
import { type RawRequest, send } from "../test/raw-https.ts";
import { connectPacket, openMqtt, publish, subscribe } from "../test/raw-mqtt.ts";

const made = useInstallation({ provisioning: { polls: 1, retryAfterSeconds: 3 } });
const scope = "0ne00000001";
const registration = `/${scope}/registrations/line-1`;
const version = "api-version=2021-06-01";
const host = "dps.test";

beforeEach(() => {
  const attestation = { type: "symmetricKey", primaryKey: key(1), secondaryKey: key(2) } as const;
  const reprovision = { updateHubAssignment: true, migrateDeviceData: true };
  const common = { kind: "individual", attestation, enabled: true, iotEdge: true, reprovision } as const;
  made().fake.provisioning.enrollments.push({ ...common, name: "line-1", hub: "hub.test" });
  made().fake.provisioning.enrollments.push({ ...common, name: "astray", hub: "hub9.test" });
});

const token = ({ token: make }: Installation, more: object = {}, path = "registrations/line-1") =>
  make(path, { host: scope, keyName: "registration", ...more });

const call = (request: Partial<RawRequest> & { path: string }, authorization = token(made())) =>
  send(made(), { host, ...request, headers: { authorization, ...request.headers } });
const register = (authorization?: string) =>
  call(
    { method: "PUT", path: `${registration}/register?${version}`, body: { registrationId: "line-1" } },
    authorization,
  );

describe("a registration by HTTPS", () => {
  it("is polled as Retry-After says, and 429 tells who does not", async () => {
    const first = await register();
    expect(first).toMatchObject({ status: 202, headers: { "retry-after": "3" } });
    const { operationId, status } = JSON.parse(first.text);
    expect(status).toBe("assigning");
    const path = `${registration}/operations/${operationId}?${version}`;
    expect(await call({ path })).toMatchObject({ status: 429, headers: { "retry-after": "3" } });
    await made().clock.advance(3000);
    expect(await call({ path })).toMatchObject({ status: 202 });
    await made().clock.advance(3000);
    const last = await call({ path });
    expect([last.status, JSON.parse(last.text)]).toMatchObject([
      200,
      {
        ...{ operationId, status: "assigned" },
        registrationState: { registrationId: "line-1", assignedHub: "hub.test", deviceId: "line-1", symmetricKey: {} },
      },
    ]);
  });

  it("may leave out the name of the key in its token", async () => {
    expect(await register(made().token("registrations/line-1", { host: scope }))).toMatchObject({ status: 202 });
  });

  it("fails when the enrollment's hub is not there", async () => {
    const own = token(made(), {}, "registrations/astray");
    const path = `/${scope}/registrations/astray`;
    const body = { registrationId: "astray" };
    const { operationId } = JSON.parse(
      (await call({ method: "PUT", path: `${path}/register?${version}`, body }, own)).text,
    );
    await made().clock.advance(3000);
    await call({ path: `${path}/operations/${operationId}?${version}` }, own);
    await made().clock.advance(3000);
    const last = await call({ path: `${path}/operations/${operationId}?${version}` }, own);
    expect(JSON.parse(last.text)).toMatchObject({ status: "failed", registrationState: { errorCode: 400_207 } });
  });

  it.each<[string, number, (i: Installation) => string]>([
    ["with a token that has ended", 401, (i) => token(i, { seconds: 0 })],
    ["with a token of another key", 401, (i) => token(i, { key: key(9) })],
    ["with a token of another registration", 401, (i) => token(i, {}, "registrations/line-2")],
    ["with a token of another scope", 401, (i) => token(i, { host: "0ne00000002" })],
    ["with a token that names another policy", 401, (i) => token(i, { keyName: "service" })],
    ["by its device id alone", 401, (i) => i.token("devices/line-1")],
  ])("is refused %s", async (_, status, authorization) => {
    expect(await register(authorization(made()))).toMatchObject({ status });
  });

  it.each<[string, number, Partial<Leaf>]>([
    ["with a certificate of the group's CA", 202, {}],
    ["not with another's", 401, { commonName: "another" }],
    ["not after its end", 401, { notAfter: Date.parse("2026-05-31T23:59:59Z") }],
  ])("is begun %s", async (_, status, leaf) => {
    const { fake, clock } = made();
    const authority = await createAuthority("CA of devices", clock.now());
    const reprovision = { updateHubAssignment: true, migrateDeviceData: true };
    const attestation = { type: "x509", certificates: [authority.certificate] } as const;
    const group = { kind: "group", name: "x509", hub: "hub.test", enabled: true, iotEdge: true } as const;
    fake.provisioning.enrollments.push({ ...group, attestation, reprovision });
    const client = await authority.issue({ commonName: "line-9", ...leaf });
    const path = `/${scope}/registrations/line-9/register?${version}`;
    const request = { method: "PUT", path, host, client, body: { registrationId: "line-9" } };
    expect(await send(made(), request)).toMatchObject({ status });
  });

  it.each<[string, number, RawRequest]>([
    ["an id in capitals", 400, { method: "PUT", path: `/${scope}/registrations/LINE/register?${version}`, body: {} }],
    [
      "another id in its body",
      400,
      { method: "PUT", path: `${registration}/register?${version}`, body: { registrationId: "x" } },
    ],
    ["another scope", 401, { method: "PUT", path: `/0ne00000002/registrations/line-1/register?${version}`, body: {} }],
    ["an operation that nobody began", 404, { path: `${registration}/operations/4.x?${version}` }],
  ])("is refused %s", async (_, status, request) => {
    expect(await call(request)).toMatchObject({ status });
  });

  it("is refused for a scope that is not the service's, though its token is", async () => {
    const path = registration.replace(scope, "0ne00000002");
    const request = { method: "PUT", path: `${path}/register?${version}`, body: { registrationId: "line-1" } };
    expect(await call(request, token(made(), { host: "0ne00000002" }))).toMatchObject({ status: 401 });
  });

  it.each<[string, RawRequest]>([
    [
      "an api-version",
      { method: "PUT", path: `${registration}/register?api-version=2018-01-01`, body: { registrationId: "line-1" } },
    ],
    [
      "a parameter",
      { method: "PUT", path: `${registration}/register?${version}&x=1`, body: { registrationId: "line-1" } },
    ],
    [
      "a property",
      { method: "PUT", path: `${registration}/register?${version}`, body: { registrationId: "line-1", tpm: {} } },
    ],
    ["a path", { path: `${registration}?${version}` }],
  ])("is answered with 501 when the fake does not know %s", async (_, request) => {
    expect(await call(request)).toMatchObject({ status: 501 });
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });
});

describe("a registration by MQTT", () => {
  const userName = `${scope}/registrations/line-1/api-version=2019-03-31&ClientVersion=x`;
  const answers = "$dps/registrations/res/#";
  const packet = (more: Partial<IConnectPacket> = {}, password = token(made())) =>
    connectPacket("line-1", password, { username: userName, ...more });
  const connected = async () => {
    const client = await openMqtt(made(), host);
    client.send(packet(), subscribe(answers, 1));
    await client.next("suback");
    return client;
  };

  it("is polled as it is told", async () => {
    const client = await connected();
    const body = JSON.stringify({ registrationId: "line-1" });
    client.send(publish("$dps/registrations/PUT/iotdps-register/?$rid=1", body, { qos: 1, messageId: 1 }));
    const { topic, payload } = (await client.next("publish")) as IPublishPacket;
    expect(topic).toBe("$dps/registrations/res/202/?$rid=1&retry-after=3");
    const { operationId } = JSON.parse(payload.toString());
    const poll = publish(`$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=${operationId}`);
    client.send(poll);
    expect(await client.next("publish")).toMatchObject({ topic: "$dps/registrations/res/429/?$rid=2&retry-after=3" });
    for (const status of [202, 200]) {
      await made().clock.advance(3000);
      client.send(poll);
      const told = (await client.next("publish")) as IPublishPacket;
      expect(told.topic).toContain(`/res/${status}/?$rid=2`);
    }
  });

  it.each<[string, number, number, () => IConnectPacket]>([
    ["with a token that has ended", 5, 0, () => packet({}, token(made(), { seconds: 0 }))],
    ["with another client id", 2, 1, () => packet({ clientId: "line-2" })],
    ["by an unknown api-version", 2, 1, () => packet({ username: userName.replace("2019-03-31", "2018-01-01") })],
    ["with the user name of a hub", 2, 1, () => packet({ username: "hub.test/line-1/?api-version=2021-04-12" })],
  ])("is not let in %s", async (_, returnCode, violations, connect) => {
    const client = await openMqtt(made(), host);
    client.send(connect());
    expect(await client.next("connack")).toMatchObject({ returnCode });
    expect(made().fake.journal.takeViolations()).toHaveLength(violations);
  });

  it.each([
    ["a topic of hubs", publish("$iothub/twin/GET/?$rid=1")],
    ["another topic", publish("$dps/registrations/DELETE/?$rid=1")],
    ["another subscription", subscribe("$dps/#")],
    [
      "a property that the fake does not know",
      publish("$dps/registrations/PUT/iotdps-register/?$rid=1", '{"registrationId":"line-1","tpm":{}}'),
    ],
  ])("is cut off with %s", async (_, wrong) => {
    const client = await connected();
    client.send(wrong);
    await client.closed();
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });
});
