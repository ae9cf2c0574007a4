import { describe, expect, it } from "vitest";
import { createAuthority, createSasToken, type Leaf } from "../index.ts";
import { type Installation, key, useInstallation } from "../test/installation.ts";
import { type RawRequest, send } from "../test/raw-https.ts";

const made = useInstallation();
const preview = "api-version=2017-11-08-preview";
const modules = "/devices/d1/modules";
const m1 = `${modules}/m1?${preview}`;
const body = (moduleId: string, more: object = {}) => ({ moduleId, deviceId: "d1", managedBy: "IotEdge", ...more });
const sas = (primaryKey: string) => ({
  authentication: { type: "sas", symmetricKey: { primaryKey, secondaryKey: key(5) } },
});

/** By the credential of device d1, as its daemon would. */
const asDevice = (request: RawRequest, token?: string) => {
  const headers = { authorization: token ?? made().token("devices/d1"), ...request.headers };
  return send(made(), { ...request, headers });
};

function asService(request: RawRequest) {
  const { name, key: own } = made().hub.policies[0] ?? { name: "", key: "" };
  const authorization = made().token("", { key: own, keyName: name });
  return send(made(), { ...request, headers: { authorization, ...request.headers } });
}

describe("a device keeps its modules", () => {
  it("by creating, reading, listing, updating and deleting them", async () => {
    const path = `${modules}/a=b%24c?${preview}`;
    const created = await asDevice({
      method: "PUT",
      path: `${modules}/a%3Db$c?${preview}`,
      body: body("a=b$c", sas(key(7))),
    });
    expect(created).toMatchObject({ status: 200, headers: { date: "Mon, 01 Jun 2026 00:00:00 GMT" } });
    const module = JSON.parse(created.text);
    expect(module).toMatchObject({
      ...{ moduleId: "a=b$c", deviceId: "d1", managedBy: "IotEdge", connectionState: "Disconnected" },
      ...{ generationId: expect.stringMatching(/^\d{18}$/), etag: expect.stringMatching(/^".*"$/) },
      authentication: {
        type: "sas",
        symmetricKey: { primaryKey: key(7) },
        x509Thumbprint: { primaryThumbprint: null },
      },
    });
    expect(JSON.parse((await asDevice({ path })).text)).toEqual(module);
    const ids = JSON.parse((await asDevice({ path: `${modules}?${preview}` })).text).map(
      ({ moduleId }: typeof module) => moduleId,
    );
    expect(ids).toEqual(["$edgeAgent", "$edgeHub", "m1", "a=b$c"]);
    const update = { method: "PUT", path, body: body("a=b$c", sas(key(8))) };
    const updated = await asDevice({ ...update, headers: { "if-match": module.etag } });
    expect(JSON.parse(updated.text)).toMatchObject({ generationId: module.generationId, ...sas(key(8)) });
    expect(await asDevice({ ...update, headers: { "if-match": module.etag } })).toMatchObject({ status: 412 });
    expect(await asDevice({ method: "DELETE", path, headers: { "if-match": "*" } })).toMatchObject({
      status: 204,
      text: "",
    });
    expect(await asDevice({ path })).toMatchObject({ status: 404, headers: { "iothub-errorcode": "ModuleNotFound" } });
  });

  it("with a certificate in place of a token", async () => {
    const authority = await createAuthority("CA of devices", Date.now());
    const client = await authority.issue({ commonName: "x" });
    const authentication = { type: "selfSigned", x509Thumbprint: { primaryThumbprint: client.thumbprint } };
    made().hub.registry.putDevice("d3", { deviceId: "d3", capabilities: { iotEdge: true }, authentication }, undefined);
    const path = `/devices/d3/modules?${preview}`;
    expect(await send(made(), { path, client })).toMatchObject({ status: 200 });
    const other = await authority.issue({ commonName: "d3" });
    expect(await send(made(), { path, client: other })).toMatchObject({ status: 401 });
  });
});

describe("a device with a certificate of a CA that its hub has been told", () => {
  it.each<[string, number, Partial<Leaf>, "own" | "foreign"]>([
    ["is let in", 200, {}, "own"],
    ["is refused with another's name", 401, { commonName: "d2" }, "own"],
    ["is refused after its certificate's end", 401, { notAfter: Date.parse("2026-05-31T23:59:59Z") }, "own"],
    ["is refused before its certificate's begin", 401, { notBefore: Date.parse("2026-06-01T00:00:01Z") }, "own"],
    ["is refused with one of another CA", 401, {}, "foreign"],
  ])("%s", async (_, status, leaf, issuer) => {
    const { hub, clock } = made();
    const own = await createAuthority("CA of devices", clock.now());
    const foreign = await createAuthority("CA of devices", clock.now());
    hub.authorities.push(own.certificate);
    const authentication = { type: "certificateAuthority" };
    hub.registry.putDevice("d3", { deviceId: "d3", authentication }, undefined);
    const client = await { own, foreign }[issuer].issue({ commonName: "d3", ...leaf });
    expect(await send(made(), { path: `/devices/d3/modules?${preview}`, client })).toMatchObject({ status });
  });
});

describe("a device is refused", () => {
  it.each<[string, (i: Installation) => string]>([
    ["with a token that has ended", (i) => i.token("devices/d1", { seconds: 0 })],
    ["with a token of another device", (i) => i.token("devices/d2", { key: key(3) })],
    ["with a token of a module", (i) => i.token("devices/d1/modules/m1")],
    ["with a token for another hub", (i) => i.token("devices/d1", { host: "hub2.test" })],
    ["with a token of another key", (i) => i.token("devices/d1", { key: key(9) })],
    ["with half a token", (i) => i.token("devices/d1").slice(0, 50)],
  ])("%s", async (_, token) => {
    const { status, headers, text } = await asDevice({ path: m1 }, token(made()));
    expect([status, headers["iothub-errorcode"]]).toEqual([401, "IotHubUnauthorized"]);
    expect(JSON.parse(text)).toMatchObject({ Message: expect.stringMatching(/^ErrorCode:IotHubUnauthorized;/) });
  });

  it.each<[string, number, string, RawRequest]>([
    ["what is another's", 401, "IotHubUnauthorized", { path: `/devices/d2/modules?${preview}` }],
    ["itself", 401, "IotHubUnauthorized", { path: `/devices/d1?${preview}` }],
    ["the list of devices", 401, "IotHubUnauthorized", { path: `/devices?${preview}` }],
    ["a twin", 401, "IotHubUnauthorized", { path: `/twins/d1/modules/m1?${preview}` }],
    ["to create what is there", 409, "ModuleAlreadyExistsOnDevice", { method: "PUT", path: m1, body: body("m1") }],
    [
      "to update what is not there",
      404,
      "ModuleNotFound",
      {
        ...{ method: "PUT", path: `${modules}/m2?${preview}`, body: body("m2"), headers: { "if-match": "*" } },
      },
    ],
    [
      "to update an older state",
      412,
      "PreconditionFailed",
      {
        ...{ method: "PUT", path: m1, body: body("m1"), headers: { "if-match": '"old"' } },
      },
    ],
    [
      "an etag without quotes",
      400,
      "ArgumentInvalid",
      {
        ...{ method: "PUT", path: m1, body: body("m1"), headers: { "if-match": "old" } },
      },
    ],
    ["to delete without If-Match", 400, "ArgumentInvalid", { method: "DELETE", path: m1 }],
    [
      "to delete $edgeAgent",
      400,
      "ArgumentInvalid",
      {
        ...{ method: "DELETE", path: `${modules}/$edgeAgent?${preview}`, headers: { "if-match": "*" } },
      },
    ],
    [
      "another id in the body",
      400,
      "ArgumentInvalid",
      { method: "PUT", path: `${modules}/m2?${preview}`, body: body("m3") },
    ],
    [
      "an id that nothing can have",
      400,
      "ArgumentInvalid",
      { method: "PUT", path: `${modules}/m%202?${preview}`, body: body("m 2") },
    ],
    [
      "a key that is too short",
      400,
      "ArgumentInvalid",
      {
        ...{
          method: "PUT",
          path: `${modules}/m2?${preview}`,
          body: body("m2", sas(Buffer.alloc(15).toString("base64"))),
        },
      },
    ],
    [
      "a key that is too long",
      400,
      "ArgumentInvalid",
      {
        ...{
          method: "PUT",
          path: `${modules}/m2?${preview}`,
          body: body("m2", sas(Buffer.alloc(65).toString("base64"))),
        },
      },
    ],
    [
      "a key that is no base64",
      400,
      "ArgumentInvalid",
      { method: "PUT", path: `${modules}/m2?${preview}`, body: body("m2", sas("?".repeat(44))) },
    ],
    [
      "an unknown type of authentication",
      400,
      "ArgumentInvalid",
      {
        ...{ method: "PUT", path: `${modules}/m2?${preview}`, body: body("m2", { authentication: { type: "x509" } }) },
      },
    ],
    ["a body that is no object", 400, "ArgumentInvalid", { method: "PUT", path: `${modules}/m2?${preview}`, body: [] }],
  ])("%s", async (_, status, code, request) => {
    const answer = await asDevice(request);
    expect([answer.status, answer.headers["iothub-errorcode"]]).toEqual([status, code]);
  });

  it("without a credential, and when it is disabled or unknown", async () => {
    expect(await send(made(), { path: m1 })).toMatchObject({ status: 401 });
    expect(await asDevice({ path: `/devices/off/modules?${preview}` }, made().token("devices/off"))).toMatchObject({
      status: 401,
    });
    expect(await asDevice({ path: `/devices/no/modules?${preview}` }, made().token("devices/no"))).toMatchObject({
      status: 401,
    });
  });

  it("the 51st module", async () => {
    const { registry } = made().hub;
    for (let count = 3; count < 50; count++)
      registry.putModule("d1", `n${count}`, { deviceId: "d1", moduleId: `n${count}` }, undefined);
    const answer = await asDevice({ method: "PUT", path: `${modules}/one?${preview}`, body: body("one") });
    expect([answer.status, answer.headers["iothub-errorcode"]]).toEqual([413, "TooManyModulesOnDevice"]);
  });

  it("more than 100 operations a minute, until it has waited", async () => {
    for (let count = 0; count < 100; count++) made().hub.throttleRegistry();
    await made().clock.advance(20_000);
    const answer = await asDevice({ path: m1 });
    expect([answer.status, answer.headers["iothub-errorcode"]]).toEqual([429, "ThrottlingException"]);
    expect(answer.headers["retry-after"]).toBe("40");
    await made().clock.advance(40_000);
    expect(await asDevice({ path: m1 })).toMatchObject({ status: 200 });
  });
});

describe("a service is refused", () => {
  const service = "api-version=2021-04-12";
  it.each<[string, number, RawRequest]>([
    [
      "a twin's older etag",
      412,
      { method: "PATCH", path: `/twins/d1?${service}`, body: {}, headers: { "if-match": '"old"' } },
    ],
    [
      "desired properties that are none",
      400,
      { method: "PATCH", path: `/twins/d1?${service}`, body: { properties: { desired: 1 } } },
    ],
    [
      "a key that a twin cannot have",
      400,
      { method: "PATCH", path: `/twins/d1?${service}`, body: { properties: { desired: { "a.b": 1 } } } },
    ],
    [
      "tags over 8 KB",
      400,
      {
        method: "PATCH",
        path: `/twins/d1?${service}`,
        body: { tags: { a: "x".repeat(4000), b: "x".repeat(4000), c: "x".repeat(400) } },
      },
    ],
    [
      "modules of a device that is not one of IoT Edge",
      400,
      { method: "POST", path: `/devices/d2/applyConfigurationContent?${service}`, body: { modulesContent: {} } },
    ],
    [
      "content besides modules",
      400,
      {
        method: "POST",
        path: `/devices/d1/applyConfigurationContent?${service}`,
        body: { modulesContent: {}, other: {} },
      },
    ],
    [
      "a method's time limit",
      400,
      { method: "POST", path: `/twins/d1/methods?${service}`, body: { methodName: "a", responseTimeoutInSeconds: 1 } },
    ],
    ["a method without a name", 400, { method: "POST", path: `/twins/d1/methods?${service}`, body: {} }],
    [
      "a method's payload of over 128 KB",
      413,
      { method: "POST", path: `/twins/d1/methods?${service}`, body: { methodName: "a", payload: "x".repeat(131_100) } },
    ],
    ["what is not there", 404, { path: `/twins/d9?${service}` }],
  ])("%s", async (_, status, request) => {
    expect(await asService(request)).toMatchObject({ status });
  });

  it("by a token that has ended, of another hub, or of another policy's key", async () => {
    const { policies, clock } = made().hub;
    const [owner, other] = policies;
    const expiry = clock.now() / 1000;
    const token = (resource: string, own: string | undefined, seconds: number) =>
      createSasToken({ resource, key: own ?? "", expiry: expiry + seconds, keyName: "iothubowner" });
    for (const authorization of [
      token("hub.test", owner?.key, 0),
      token("hub2.test", owner?.key, 60),
      token("hub.test", other?.key, 60),
    ])
      expect(await send(made(), { path: `/devices?${service}`, headers: { authorization } })).toMatchObject({
        status: 401,
      });
  });

  it("what its policy has no right to", async () => {
    const { key: own = "" } = made().hub.policies.find(({ name }) => name === "registryRead") ?? {};
    const authorization = made().token("", { key: own, keyName: "registryRead" });
    const path = `/devices/d1?${service}`;
    expect(await send(made(), { path, headers: { authorization } })).toMatchObject({ status: 200 });
    const { status, headers } = await send(made(), {
      method: "DELETE",
      path,
      headers: { authorization, "if-match": "*" },
    });
    expect([status, headers["iothub-errorcode"]]).toEqual([401, "IotHubUnauthorizedAccess"]);
  });

  it("none of a content's modules when one of them is refused", async () => {
    const modulesContent = {
      $edgeAgent: { "properties.desired": { a: 1 } },
      m1: { "properties.desired": { text: "x".repeat(4097) } },
    };
    const path = `/devices/d1/applyConfigurationContent?${service}`;
    expect(await asService({ method: "POST", path, body: { modulesContent } })).toMatchObject({ status: 400 });
    expect(made().hub.registry.module("d1", "$edgeAgent").twin.versionOf("desired")).toBe(1);
  });
});

describe("what the fake does not know is answered with 501 and written down", () => {
  it.each<[string, (i: Installation) => RawRequest]>([
    ["a path", () => ({ path: `/configurations?${preview}` })],
    ["a method", () => ({ method: "PATCH", path: m1, body: {} })],
    ["an api-version", () => ({ path: `${modules}?api-version=2018-06-30` })],
    ["a service's api-version", () => ({ path: `${modules}?api-version=2021-04-12` })],
    ["no api-version", () => ({ path: modules })],
    ["a parameter", () => ({ path: `${m1}&top=1` })],
    ["a content type", () => ({ method: "PUT", path: m1, body: {}, headers: { "content-type": "text/plain" } })],
    ["another host of the fake than that of TLS", () => ({ path: m1, serverName: "dps.test" })],
  ])("%s", async (_, request) => {
    expect(await asDevice(request(made()))).toMatchObject({ status: 501 });
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });
});
