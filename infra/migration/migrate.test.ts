import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { checkConfig } from "../config/load-config.ts";
import { images, sampleSource } from "../config/test/sample-source.ts";
import { migrate, type Sources } from "./migrate.ts";

const wanted = { stack: "line-1", namespace: "line-1", stackDirectory: "stacks" };

const config = `# a device
hostname = "gateway.example.com"
trust_bundle_cert = "file:///etc/ca.pem"

[provisioning]
source = "manual"
connection_string = "HostName=plant.azure-devices.net;DeviceId=gateway-17;SharedAccessKey=c2VjcmV0LWtleQ=="

[agent]
name = "edgeAgent"
[agent.env]
RuntimeLogLevel = "Debug"
https_proxy = "http://user:secret-proxy@proxy.example.com:3128"
[agent.config]
image = "mcr.microsoft.com/azureiotedge-agent:1.5"
[agent.config.auth]
serveraddress = "registry.example.com"
username = "robot"
password = "secret-password"

[moby_runtime]
uri = "unix:///var/run/docker.sock"

[plant_own]
x = 1
`;

/** As the package of IoT Edge 1.1 brings it, filled in. */
const before12 = `# the daemon
provisioning:
  source: "dps"
  global_endpoint: "https://global.azure-devices-provisioning.net"
  scope_id: "0ne0000"
  attestation:
    method: "symmetric_key"
    registration_id: "line-1-registration"
    symmetric_key: "c2VjcmV0LWtleQ=="
    device_id: "gateway-17"
  dynamic_reprovisioning: false
certificates:
  device_ca_cert: "/etc/ca.pem"
  device_ca_pk: "/etc/ca.key"
  trusted_ca_certs: "/etc/roots.pem"
agent:
  name: "edgeAgent"
  type: "docker"
  env:
    RuntimeLogLevel: "Warning"
    UpstreamProtocol: "AmqpWs"
  config:
    image: "mcr.microsoft.com/azureiotedge-agent:1.1"
    auth: { serveraddress: "registry.example.com", username: "robot", password: "secret-password" }
hostname: "gateway.example.com"
watchdog: { max_retries: 2 }
connect:
  management_uri: "unix:///var/run/iotedge/mgmt.sock"
listen:
  management_uri: "fd://iotedge.mgmt.socket"
homedir: "/var/lib/iotedge"
moby_runtime:
  uri: "unix:///var/run/docker.sock"
  network: { name: "azure-iot-edge", ipv6: true }
plant_own: 1
`;

const values = `
provisioning:
  deviceConnectionString: "HostName=plant.azure-devices.net;DeviceId=edge1;SharedAccessKey=c2VjcmV0LWtleQ=="
iotedged:
  nodeSelector: { kubernetes.io/os: linux }
  data:
    enableGetNodesRBAC: true
    runtimeLogLevel: warning
    resources: { requests: { memory: 100Mi, cpu: 100m }, limits: { memory: 256Mi } }
edgeAgent:
  env:
    portMappingServiceType: NodePort
    persistentVolumeClaimDefaultSizeInMb: 512
    storageClassName: fast
registryCredentials:
  registry.example.com:5000: { username: robot, password: secret-password }
`;

const manifest = JSON.stringify({
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: {
          type: "docker",
          settings: {
            registryCredentials: { plant: { address: "acr.example.com", username: "u", password: "secret-acr" } },
          },
        },
        modules: {
          sensor: {
            type: "docker",
            env: { DB_PASSWORD: { value: "secret-db" }, SITE: { value: "north" } },
            settings: {
              image: "registry.example.com/sensor:1.0",
              createOptions: '{"Env":["API_KEY=secret-api","MODE=fast"],"HostConfig":{"NetworkMode":"host"}}',
            },
          },
        },
      },
    },
  },
});

const all: Sources = {
  config: { file: "config.toml", text: config },
  manifest: { file: "deployment.json", text: manifest },
};
const stackOf = (texts: ReadonlyMap<string, string>) => parse(texts.get("stacks/Pulumi.line-1.yaml") ?? "").config;
const ids = (sources: Sources) => migrate(sources, wanted).findings.map(({ id, evidence }) => `${id} ${evidence}`);

const empty = {
  modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules: {} } } },
};

/** The problems that a deployment would have with the stack. */
function problemsOf(texts: ReadonlyMap<string, string>): readonly unknown[] {
  const stack = Object.fromEntries(
    Object.entries(stackOf(texts)).map(([key, value]) => [key.replace("iotedge:", ""), value]),
  );
  stack.installations = (stack.installations as object[]).map((one) => ({ deployment: empty, ...one }));
  for (const one of stack.installations as { deployment?: object; deploymentFile?: string }[]) {
    if (one.deploymentFile !== undefined) delete one.deployment;
  }
  const files = Object.fromEntries(texts);
  const checked = checkConfig(sampleSource({ images, ...stack }, { files }));
  return "problems" in checked ? checked.problems : [];
}

describe("docker mode", () => {
  it("becomes a stack, and what it has beyond that is told with its line", () => {
    const { texts, converted } = migrate({ config: { file: "config.toml", text: config } }, wanted);
    expect(stackOf(texts)).toEqual({
      "iotedge:registries": [
        { server: "registry.example.com", username: "robot", password: `\${REGISTRY_EXAMPLE_COM_PASSWORD}` },
      ],
      "iotedge:installations": [
        {
          namespace: "line-1",
          createNamespace: true,
          hubHostname: "plant.azure-devices.net",
          deviceId: "gateway-17",
          edgeAgent: { logLevel: "debug" },
        },
      ],
    });
    expect(converted).toContainEqual({ from: "config.toml:12 agent.env.RuntimeLogLevel", to: "edgeAgent.logLevel" });
    expect(ids({ config: { file: "config.toml", text: config } })).toEqual([
      "gateway-hostname config.toml:2 hostname",
      "trusted-cas config.toml:3 trust_bundle_cert",
      "iot-hub config.toml:6 provisioning.source",
      "iot-hub config.toml:7 provisioning.connection_string",
      "secret-not-written config.toml:7 provisioning.connection_string",
      "own-images config.toml:10 agent.name",
      "corporate-proxy config.toml:13 agent.env.https_proxy",
      "own-images config.toml:15 agent.config.image",
      "other-here config.toml:22 moby_runtime.uri",
      "unknown-key config.toml:25 plant_own.x",
      "secret-not-written config.toml:16 agent.config.auth",
    ]);
  });
});

describe("docker mode before IoT Edge 1.2", () => {
  const file = { file: "config.yaml", text: before12 };

  it("becomes a stack, and what it has beyond that is told with its line", () => {
    const { texts, converted } = migrate({ config: file }, wanted);
    expect(stackOf(texts)).toMatchObject({
      "iotedge:registries": [{ server: "registry.example.com", username: "robot" }],
      "iotedge:installations": [
        { namespace: "line-1", createNamespace: true, deviceId: "gateway-17", edgeAgent: { logLevel: "warn" } },
      ],
    });
    expect(converted.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
      "config.yaml:10 provisioning.attestation.device_id -> deviceId",
      "config.yaml:20 agent.env.RuntimeLogLevel -> edgeAgent.logLevel",
      "config.yaml:24 agent.config.auth -> iotedge:registries",
    ]);
    expect(ids({ config: file })).toEqual([
      "iot-hub config.yaml:3 provisioning.source",
      "other-here config.yaml:4 provisioning.global_endpoint",
      "other-here config.yaml:5 provisioning.scope_id",
      "other-here config.yaml:7 provisioning.attestation.method",
      "other-here config.yaml:8 provisioning.attestation.registration_id",
      "secret-not-written config.yaml:9 provisioning.attestation.symmetric_key",
      "other-here config.yaml:11 provisioning.dynamic_reprovisioning",
      "device-ca config.yaml:13 certificates.device_ca_cert",
      "device-ca config.yaml:14 certificates.device_ca_pk",
      "trusted-cas config.yaml:15 certificates.trusted_ca_certs",
      "own-images config.yaml:17 agent.name",
      "own-images config.yaml:18 agent.type",
      "agent-env config.yaml:21 agent.env.UpstreamProtocol",
      "own-images config.yaml:23 agent.config.image",
      "gateway-hostname config.yaml:25 hostname",
      "other-here config.yaml:26 watchdog.max_retries",
      "other-here config.yaml:28 connect.management_uri",
      "other-here config.yaml:30 listen.management_uri",
      "other-here config.yaml:31 homedir",
      "other-here config.yaml:33 moby_runtime.uri",
      "container-network config.yaml:34 moby_runtime.network.name",
      "container-network config.yaml:34 moby_runtime.network.ipv6",
      "unknown-key config.yaml:35 plant_own",
      "secret-not-written config.yaml:24 agent.config.auth",
    ]);
  });

  it.each([
    [
      { device_connection_string: "HostName=plant.azure-devices.net;DeviceId=d;SharedAccessKey=c2VjcmV0LWtleQ==" },
      { hubHostname: "plant.azure-devices.net", deviceId: "d" },
    ],
    [
      { authentication: { method: "x509", iothub_hostname: "plant.azure-devices.net", device_id: "d" } },
      { hubHostname: "plant.azure-devices.net", deviceId: "d" },
    ],
    [{ attestation: { method: "tpm", registration_id: "d" } }, { deviceId: "d" }],
  ])("takes the device of %j", (provisioning, expected) => {
    const text = JSON.stringify({ provisioning: { source: "s", ...provisioning } });
    const { texts } = migrate({ config: { file: "config.yml", text } }, wanted);
    expect(stackOf(texts)["iotedge:installations"][0]).toMatchObject(expected);
    expect(texts.get("stacks/Pulumi.line-1.yaml")).not.toContain("c2VjcmV0");
  });
});

it("says of a connection string that nobody has filled in that it is none", () => {
  const text = 'provisioning: { source: "manual", device_connection_string: "<ADD DEVICE CONNECTION STRING HERE>" }';
  const config = { file: "config.yaml", text };
  expect(ids({ config })).toEqual([
    "iot-hub config.yaml:1 provisioning.source",
    "iot-hub config.yaml:1 provisioning.device_connection_string",
    "value-not-usable config.yaml:1 provisioning.device_connection_string",
  ]);
  expect(migrate({ config }, wanted).converted).toEqual([]);
});

describe("the preview's values", () => {
  it("become a stack, with labels and resources whose names have dots", () => {
    const { texts, findings } = migrate({ values: { file: "values.yaml", text: values } }, wanted);
    const [installation] = stackOf(texts)["iotedge:installations"];
    expect(installation).toEqual({
      namespace: "line-1",
      createNamespace: true,
      hubHostname: "plant.azure-devices.net",
      deviceId: "edge1",
      nodeObserver: true,
      iotedged: {
        nodeSelector: { "kubernetes.io/os": "linux" },
        logLevel: "warn",
        resources: { requests: { memory: "100Mi", cpu: "100m" }, limits: { memory: "256Mi" } },
      },
      edgeAgent: { hostPorts: "NodePort", volumes: { size: "512M", create: true, storageClassName: "fast" } },
    });
    expect(findings.map(({ id }) => id)).toEqual(["iot-hub", "secret-not-written", "secret-not-written"]);
  });
});

describe("a manifest", () => {
  it("is written without its secrets, which become references", () => {
    const { texts, findings } = migrate({ manifest: { file: "deployment.json", text: manifest } }, wanted);
    const { runtime, modules } = JSON.parse(texts.get("deployments/line-1.json") ?? "").modulesContent.$edgeAgent[
      "properties.desired"
    ];
    expect(runtime.settings.registryCredentials).toEqual({});
    expect(modules.sensor.env).toEqual({
      DB_PASSWORD: { valueFrom: { secretKeyRef: { name: "sensor", key: "DB_PASSWORD" } } },
      SITE: { value: "north" },
    });
    expect(modules.sensor.settings.createOptions.Env).toEqual(["", "MODE=fast"]);
    expect(findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["secret-not-written", "secret-in-manifest", "manifest-refused", "policy-needed"]),
    );
    expect(findings.find(({ id }) => id === "policy-needed")?.fix).toContain('{"hostNetwork":true}');
  });
});

describe("all of it", () => {
  it.each([
    all,
    { config: { file: "config.yaml", text: before12 } },
    { values: { file: "v", text: values } },
    { ...all, values: { file: "v", text: values } },
  ])("is a stack that a deployment takes, but for what the manifest is refused", (sources) => {
    const problems = problemsOf(migrate(sources, wanted).texts) as { path: string }[];
    expect(problems.filter(({ path }) => !path.includes("deploymentFile"))).toEqual([]);
  });

  it("writes no secret, and tells none", () => {
    const { texts, findings, converted } = migrate({ ...all, values: { file: "v", text: values } }, wanted);
    const told = JSON.stringify([[...texts.values()], findings, converted]);
    expect(told).not.toMatch(/secret-(password|db|api|acr|proxy)|c2VjcmV0/);
  });

  it.each([
    ["no TOML", { config: { file: "f", text: "= secret" } }],
    ["no YAML", { values: { file: "f", text: "a: [secret" } }],
    ["no list", { values: { file: "f", text: "- secret" } }],
    ["no JSON", { manifest: { file: "f", text: "{secret" } }],
    ["not large", { values: { file: "f", text: `a: ${"x".repeat(1024 * 1024)}` } }],
    ["not deep", { values: { file: "f", text: `a: ${"[".repeat(100)}${"]".repeat(100)}` } }],
    [
      "not full of aliases",
      {
        values: {
          file: "f",
          text: `a: &a [x]\n${Array.from({ length: 40 }, (_, n) => `b${n}: &b${n} [*a,*a,*a,*a,*a,*a]`).join("\n")}`,
        },
      },
    ],
  ] as [string, Sources][])("has to be what it is named as: %s", (_what, sources) => {
    expect(() => migrate(sources, wanted)).toThrow(
      expect.objectContaining({ code: "EDGE_MIGRATE_UNREADABLE", message: expect.not.stringContaining("secret") }),
    );
  });
});

it("finds the lines of a document that is as large as it may be", () => {
  const text = `[agent.env]\n${Array.from({ length: 50_000 }, (_, index) => `k${index} = "v"`).join("\n")}\n`;
  const { findings } = migrate({ config: { file: "config.toml", text } }, wanted);
  expect(findings.some(({ evidence }) => evidence.startsWith("config.toml:50001 "))).toBe(true);
});
