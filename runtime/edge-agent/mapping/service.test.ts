import { expect, it } from "vitest";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import type { Module } from "../../manifest/manifest.ts";
import { isHeadless, servicesOf } from "./service.ts";

const image = "registry.example.com/plc:1.0";
const module = (id: string, createOptions: object = {}) =>
  modulesOf({ [id]: { settings: { image, createOptions } } })[0] as Module;

const shown = (one: Module) =>
  servicesOf(one, installation).map(({ metadata, spec }) => {
    const ports = spec?.ports?.map(({ port, targetPort }) => `${port}>${targetPort}`).join(" ");
    return `${metadata.name} ${spec?.clusterIP ?? spec?.type} ${ports ?? "-"} ${spec?.selector?.["net.azure-devices.edge.module"]}`;
  });
const ofPlc = "opcplc-20827e88e44e96637b28";

it("leads to the pods of a module that lists no port, by the one name that others know", () => {
  expect(shown(module("sensor"))).toEqual(["sensor None - sensor"]);
  expect(shown(module("OpcPlc"))).toEqual([`opcplc None - ${ofPlc}`]);
});

it("offers ports by each name of the module, those that it listens on as well", () => {
  const HostConfig = { PortBindings: { "50000/tcp": [{ HostPort: "4840" }] } };
  expect(shown(module("OpcPlc", { HostConfig }))).toEqual([
    `${ofPlc} ClusterIP 4840>50000 50000>50000 ${ofPlc}`,
    `opcplc ClusterIP 4840>50000 50000>50000 ${ofPlc}`,
  ]);
});

it("lets a bound port win over one that the container listens on", () => {
  const PortBindings = { "80/tcp": [{ HostPort: "8080" }], "8080/tcp": [{ HostPort: "80" }] };
  expect(shown(module("web", { HostConfig: { PortBindings } }))).toEqual(["web ClusterIP 80>8080 8080>80 web"]);
});

it("opens no port of the nodes that the module did not ask for", () => {
  const options = {
    HostConfig: { PortBindings: { "50000/tcp": [{ HostPort: "4840" }] } },
    "k8s-experimental": { serviceOptions: { type: "NodePort" } },
  };
  expect(shown(module("OpcPlc", options))).toEqual([
    `${ofPlc} NodePort 4840>50000 ${ofPlc}`,
    `opcplc ClusterIP 4840>50000 50000>50000 ${ofPlc}`,
  ]);
});

it("knows which Services lead to the pods themselves", () => {
  const [headless] = servicesOf(module("sensor"), installation);
  const [balanced] = servicesOf(module("sensor", { ExposedPorts: { "80/tcp": {} } }), installation);
  expect([headless, balanced].map((one) => one && isHeadless(one))).toEqual([true, false]);
});

it("has addresses of all families that the cluster has", () => {
  const options = {
    HostConfig: { PortBindings: { "50000/tcp": [{ HostPort: "4840" }] } },
    "k8s-experimental": { serviceOptions: { type: "NodePort" } },
  };
  const made = [module("sensor"), module("OpcPlc", options)].flatMap((one) => servicesOf(one, installation));
  expect(made.map(({ spec }) => spec?.ipFamilyPolicy)).toEqual(made.map(() => "PreferDualStack"));
});
