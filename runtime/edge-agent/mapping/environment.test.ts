import { describe, expect, it } from "vitest";
import { plainModuleDefaults } from "#contract";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import type { Module } from "../../manifest/manifest.ts";
import { environmentOf } from "./environment.ts";

const image = "registry.example.com/sensor:1.0";
const variablesOf = (env: object) => {
  const [module] = modulesOf({ sensor: { env, settings: { image } } }) as [Module];
  const list = environmentOf(module, installation, "generation-1");
  return Object.fromEntries(list.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
};
const proxied = { https_proxy: { value: "http://proxy.plant:3128" } };
const own = "localhost,127.0.0.1,edgehub";

it("keeps the workload API and the hub out of a module's HTTP proxy, in either spelling", () => {
  expect(variablesOf(proxied)).toMatchObject({ NO_PROXY: own, no_proxy: own });
  expect(variablesOf({ HTTP_PROXY: proxied.https_proxy })).toMatchObject({ NO_PROXY: own });
  expect(variablesOf({})).not.toHaveProperty("NO_PROXY");
});

it("adds them to what the module says itself", () => {
  const mine = (value: string) => variablesOf({ ...proxied, NO_PROXY: { value } });
  expect(mine("plc.plant, localhost")).toMatchObject({ NO_PROXY: "plc.plant,localhost,127.0.0.1,edgehub" });
  expect(mine("*")).toMatchObject({ NO_PROXY: "*" });
  expect(mine("*")).not.toHaveProperty("no_proxy");
});

it("leaves alone what is kept in a Secret", () => {
  const secretKeyRef = { name: "proxy", key: "exceptions" };
  expect(variablesOf({ ...proxied, NO_PROXY: { valueFrom: { secretKeyRef } } })).toMatchObject({
    NO_PROXY: { secretKeyRef },
  });
});

it("tells the hub what Microsoft's edgeHub needs, and no gateway, which would be a parent of its device", () => {
  const [hub] = modulesOf({}, { systemModules: { edgeHub: { settings: { image } } } }) as [Module];
  const variables = environmentOf(hub, installation, "generation-1").map(({ name, value }) => [name, value]);
  const { deviceId, hubHostname, gatewayHostname } = installation.identity;
  expect(Object.fromEntries(variables)).toMatchObject({
    ...{ IOTEDGE_MODULEID: "$edgeHub", IOTEDGE_MODULEGENERATIONID: "generation-1", IOTEDGE_DEVICEID: deviceId },
    ...{ IOTEDGE_IOTHUBHOSTNAME: hubHostname, EdgeDeviceHostName: gatewayHostname, IOTEDGE_APIVERSION: "2020-07-07" },
    IOTEDGE_WORKLOADURI: expect.stringMatching(/^http:\/\/localhost:\d+\/$/),
  });
  // .NET tells names of variables apart without case.
  const names = variables.map(([name]) => name?.toLowerCase());
  for (const absent of ["iotedge_gatewayhostname", "iothubconnectionstring"]) expect(names).not.toContain(absent);
});

describe("the hub's home", () => {
  const homeOf = (entry: object, more: object = {}, id = "edgeHub") => {
    const module = { settings: { image }, ...entry };
    const [hub] = (
      id === "edgeHub" ? modulesOf({}, { systemModules: { edgeHub: module } }) : modulesOf({ [id]: module })
    ) as [Module];
    const settings = { ...installation.settings, ...more };
    const list = environmentOf(hub, { ...installation, settings }, "generation-1");
    return list.find(({ name }) => name === "HOME")?.value;
  };
  const writable = { settings: { image, createOptions: { HostConfig: { ReadonlyRootfs: false } } } };

  it("is what it can write to", () => {
    expect(homeOf({})).toBe("/tmp");
  });

  it("is its own where the manifest names one, or its root file system can be written to", () => {
    expect(homeOf({ env: { HOME: { value: "/storage" } } })).toBe("/storage");
    expect(homeOf({ settings: { image, createOptions: { Env: ["HOME=/data"] } } })).toBe("/data");
    expect(homeOf(writable)).toBeUndefined();
    const defaults = { ...plainModuleDefaults, writableRoot: true };
    expect(homeOf({}, { modules: { ...installation.settings.modules, defaults } })).toBeUndefined();
  });

  it("is the hub's alone", () => {
    expect(homeOf({}, {}, "sensor")).toBeUndefined();
  });
});
