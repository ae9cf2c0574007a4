import { beforeEach, describe, expect, it } from "vitest";
import { type Installation, key, useInstallation } from "../test/installation.ts";
import { type RawRequest, send } from "../test/raw-https.ts";

const made = useInstallation();
const base = "/devices/d1/modules/%24edgeHub";
const old = "api-version=2018-08-30-preview";
const current = "api-version=2020-06-30-preview";
/** IoT Edge's own code encodes ids twice. */
const edgeHub = ({ token }: Installation) => token("devices/d1/modules/%24edgeHub", { key: key(7) });

beforeEach(() => {
  const symmetricKey = { primaryKey: key(7), secondaryKey: key(8) };
  const body = { deviceId: "d1", moduleId: "$edgeHub", authentication: { type: "sas", symmetricKey } };
  made().hub.registry.putModule("d1", "$edgeHub", body, "*");
});

const call = (request: RawRequest, authorization = edgeHub(made())) =>
  send(made(), { ...request, headers: { authorization } });
const inScope = { method: "POST", path: `${base}/devicesAndModulesInTargetDeviceScope?${current}` };
const oneOf = { method: "POST", path: `${base}/getDeviceAndModuleOnBehalfOf?${current}` };

describe("an edgeHub gets the keys of its clients", () => {
  it.each<[string, RawRequest]>([
    ["since 1.2", { ...inScope, body: { pageSize: 10, authChain: "d1" } }],
    ["before", { path: `${base}/devicesAndModulesInDeviceScope?deviceCount=10&continuationToken=&${old}` }],
  ])("of all, %s", async (_, request) => {
    const { status, text } = await call(request);
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      {
        devices: [{ deviceId: "d1", status: "enabled", capabilities: { iotEdge: true }, parentScopes: [] }],
        modules: [
          { moduleId: "$edgeAgent", authentication: { type: "none" } },
          { moduleId: "$edgeHub" },
          { moduleId: "m1", deviceId: "d1", authentication: { symmetricKey: { primaryKey: key(1) } } },
        ],
        continuationLink: null,
      },
    ]);
  });

  it.each<[string, RawRequest]>([
    ["since 1.2", { ...oneOf, body: { targetDeviceId: "d1", targetModuleId: "m1", authChain: "d1" } }],
    ["before", { path: `${base}/deviceAndModuleInDeviceScope?targetDeviceId=d1&targetModuleId=m1&${old}` }],
  ])("of one, %s", async (_, request) => {
    const { devices, modules } = JSON.parse((await call(request)).text);
    expect([devices, modules]).toMatchObject([[{ deviceId: "d1" }], [{ moduleId: "m1" }]]);
  });

  it.each<[string, number, RawRequest, ((i: Installation) => string)?]>([
    ["with its device's token", 401, { ...inScope, body: { authChain: "d1" } }, (i) => i.token("devices/d1")],
    [
      "with another key",
      401,
      { ...inScope, body: { authChain: "d1" } },
      (i) => i.token("devices/d1/modules/%24edgeHub"),
    ],
    [
      "as another module",
      401,
      { path: `/devices/d1/modules/m1/devicesAndModulesInDeviceScope?${old}` },
      (i) => i.token("devices/d1/modules/m1"),
    ],
    ["of another device", 404, { ...oneOf, body: { targetDeviceId: "d2", authChain: "d1" } }],
    [
      "of a module that is not there",
      404,
      { ...oneOf, body: { targetDeviceId: "d1", targetModuleId: "m2", authChain: "d1" } },
    ],
    ["by another chain", 400, { ...inScope, body: { authChain: "d1;d2" } }],
  ])("but not %s", async (_, status, request, token = edgeHub) => {
    expect(await call(request, token(made()))).toMatchObject({ status });
  });

  it.each<[string, RawRequest]>([
    ["another api-version", { ...inScope, path: inScope.path.replace("2020", "2021"), body: { authChain: "d1" } }],
    ["a property", { ...inScope, body: { authChain: "d1", other: 1 } }],
  ])("and 501 for %s", async (_, request) => {
    expect(await call(request)).toMatchObject({ status: 501 });
    expect(made().fake.journal.takeViolations()).toHaveLength(1);
  });
});
