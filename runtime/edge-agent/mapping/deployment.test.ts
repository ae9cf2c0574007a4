import { describe, expect, it } from "vitest";
import { annotations } from "#contract";
import { installation, modulesOf } from "../../../test/fakes/edge-installation.ts";
import type { Module } from "../../manifest/manifest.ts";
import { deploymentOf } from "./deployment.ts";
import { literal } from "./environment.ts";
import { servicesOf } from "./service.ts";
import { serviceAccountOf } from "./service-account.ts";

const image = "registry.example.com/sample:1.0";

function one(modules: object, more: object = {}): Module {
  const [module] = modulesOf(modules, more);
  if (module === undefined) throw new Error("no module");
  return module;
}
const sensor = (fields: object = {}, createOptions: object = {}) =>
  one({ sensor: { ...fields, settings: { image, createOptions } } });
const podOf = (module: Module) => deploymentOf(module, installation, "generation-1").spec?.template.spec;
const containerOf = (module: Module) => podOf(module)?.containers[0];

describe("golden objects", () => {
  it.each<[string, Module]>([
    ["plain module", one({ sensor: { settings: { image } } })],
    [
      "hub with everything",
      one(
        {},
        {
          systemModules: {
            edgeHub: {
              status: "stopped",
              imagePullPolicy: "never",
              env: { OptimizeForPerformance: { value: "false" } },
              settings: {
                image,
                createOptions: {
                  Entrypoint: ["/bin/hub"],
                  Cmd: ["--verbose"],
                  WorkingDir: "/app",
                  User: "2000:3000",
                  Env: ["storageFolder=/tmp"],
                  ExposedPorts: { "53/udp": {}, "53/tcp": {} },
                  HostConfig: {
                    ReadonlyRootfs: false,
                    CapAdd: ["NET_BIND_SERVICE"],
                    PortBindings: { "5671/tcp": [{ HostPort: "443" }] },
                  },
                },
              },
            },
          },
        },
      ),
    ],
    ["id that is no name", one({ "Temperature Sensor": { settings: { image } } })],
  ])("of a %s", async (name, module) => {
    const objects = [
      serviceAccountOf(module, installation),
      ...servicesOf(module, installation),
      deploymentOf(module, installation, "generation-1"),
    ];
    const text = `${JSON.stringify(objects, null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`golden/${name.replaceAll(" ", "-")}.json`);
  });
});

it("a module's ServiceAccount tells which names of certificates the manifest allots to it", () => {
  const serverNames = ["ingest.example.com", "192.0.2.10"];
  const allotted = serviceAccountOf(sensor({}, { "k8s-extensions": { serverNames } }), installation);
  expect(allotted.metadata.annotations).toEqual({
    [annotations.moduleId]: "sensor",
    [annotations.serverNames]: "ingest.example.com,192.0.2.10",
  });
  expect(serviceAccountOf(sensor(), installation).metadata.annotations).toEqual({ [annotations.moduleId]: "sensor" });
});

describe("a module's pod", () => {
  it("gives the token for iotedged to the proxy alone, and the API server's to nobody", () => {
    const pod = podOf(sensor());
    expect(pod?.automountServiceAccountToken).toBe(false);
    const tokens = pod?.volumes?.filter(({ projected }) => projected !== undefined).map(({ name }) => name) ?? [];
    expect(tokens).toHaveLength(1);
    expect(pod?.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name))).not.toContain(
      tokens[0],
    );
    expect(pod?.initContainers?.[0]?.volumeMounts?.map(({ name }) => name)).toContain(tokens[0]);
    expect(serviceAccountOf(sensor(), installation).automountServiceAccountToken).toBe(false);
  });

  it("names who the module is, whatever its manifest says", () => {
    const module = sensor({ env: { IOTEDGE_MODULEID: { value: "$edgeAgent" } } }, { Env: ["IOTEDGE_DEVICEID=x"] });
    const env = containerOf(module)?.env ?? [];
    const names = env.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.fromEntries(env.map(({ name, value }) => [name, value]))).toMatchObject({
      IOTEDGE_MODULEID: "sensor",
      IOTEDGE_MODULEGENERATIONID: "generation-1",
      IOTEDGE_DEVICEID: "device-1",
      IOTEDGE_GATEWAYHOSTNAME: "edgehub",
      RuntimeLogLevel: "warning",
    });
  });

  it("keeps the log level that the module chose, and no gateway for EdgeHub itself", () => {
    const env = (module: Module) => containerOf(module)?.env?.map(({ name, value }) => `${name}=${value}`);
    expect(env(sensor({ env: { RuntimeLogLevel: { value: "debug" } } }))).toContain("RuntimeLogLevel=debug");
    const hub = one({}, { systemModules: { edgeHub: { settings: { image } } } });
    expect(env(hub)?.filter((line) => line.startsWith("IOTEDGE_GATEWAYHOSTNAME"))).toEqual([]);
  });

  it("runs as nobody's root, with a root file system that is writable only on request", () => {
    expect(containerOf(sensor())?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
    });
    expect(containerOf(sensor())?.volumeMounts).toEqual([{ name: "iotedge-tmp", mountPath: "/tmp" }]);
    const writable = sensor({}, { HostConfig: { ReadonlyRootfs: false } });
    expect(containerOf(writable)?.securityContext?.readOnlyRootFilesystem).toBe(false);
    expect(containerOf(writable)?.volumeMounts).toBeUndefined();
  });

  it("hides its commands from Kubernetes's own replacement of variables, that of its health check too", () => {
    const line = "test -d /proc/$$ && echo $(HOSTNAME)";
    const Healthcheck = { Test: ["CMD-SHELL", line], StartPeriod: 10e9 };
    const container = containerOf(sensor({}, { Entrypoint: [line], Cmd: [line], Healthcheck }));
    const { livenessProbe, readinessProbe, startupProbe } = container ?? {};
    const probes = [livenessProbe, readinessProbe, startupProbe].map((probe) => probe?.exec?.command?.at(-1));
    const hidden = literal(line);
    expect([...probes, ...(container?.command ?? []), ...(container?.args ?? [])]).toEqual(Array(5).fill(hidden));
  });

  it("has container names that differ, also for a module called proxy", () => {
    const pod = podOf(one({ proxy: { settings: { image } } }));
    expect(pod?.containers[0]?.name).not.toBe(pod?.initContainers?.[0]?.name);
  });

  it.each([
    ["on-create", "IfNotPresent"],
    ["never", "Never"],
  ])("pulls its image %s as %s", (imagePullPolicy, expected) => {
    expect(containerOf(sensor({ imagePullPolicy }))?.imagePullPolicy).toBe(expected);
  });
});

it.each([
  ["plain", "plain"],
  ["costs $5", "costs $5"],
  ["$(HOME)", "$$(HOME)"],
  ["a$$b", "a$$$$b"],
  ["$(A) and $", "$$(A) and $$"],
])("hides %j from Kubernetes's own replacement of variables", (text, expected) => {
  expect(literal(text)).toBe(expected);
});
