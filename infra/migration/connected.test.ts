import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { stringify as toToml } from "smol-toml";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, stringify as toYaml } from "yaml";
import { temporaryDirectory } from "../../test/support/temporary-directory.ts";
import { images } from "../config/test/sample-source.ts";
import { renderStack } from "../render/index.ts";
import { migrate, type Source } from "./migrate.ts";
import { formatMigration } from "./report.ts";
import { type DeviceKind, deviceFile, deviceKinds } from "./test/device-files.ts";
import { ofModule } from "./test/one-module.ts";

const key = "c2VjcmV0LWtleS1vZi1kZXZpY2U=";
const kinds = Object.keys(deviceKinds) as DeviceKind[];
const wanted = { stack: "line-1", namespace: "line-1", stackDirectory: "stacks", connected: true };
const migrated = (config: Source) => migrate({ config }, wanted);
const installationOf = (texts: ReadonlyMap<string, string>) =>
  parse(texts.get("stacks/Pulumi.line-1.yaml") ?? "").config["iotedge:installations"][0];
const told = (config: Source, id: string) => migrated(config).findings.filter((one) => one.id === id);
const everythingOf = ({ texts, ...rest }: ReturnType<typeof migrate>) =>
  JSON.stringify([...texts, rest]) + formatMigration({ stack: "line-1", files: [...texts.keys()], ...rest });

const manual = { hubHostname: "plant.azure-devices.net", deviceId: "gateway-17" };
const dps = { source: "dps", idScope: "0ne00ABCDEF", registrationId: "gateway-17", existingSecret: "line-1-device" };
const expected: Readonly<Record<DeviceKind, object>> = {
  "connection string": { ...manual, provisioning: { source: "manual", existingSecret: "line-1-device" } },
  "connection string of IoT Edge 1.1": {
    ...manual,
    provisioning: { source: "manual", existingSecret: "line-1-device" },
  },
  "manual, symmetric key": {
    ...manual,
    provisioning: { source: "manual", method: "sas", existingSecret: "line-1-device" },
  },
  "manual, X.509": {
    ...manual,
    provisioning: { source: "manual", method: "x509", existingSecret: "line-1-device" },
  },
  "manual, X.509 of IoT Edge 1.1": {
    ...manual,
    provisioning: { source: "manual", method: "x509", existingSecret: "line-1-device" },
  },
  "DPS, symmetric key": {
    provisioning: {
      ...dps,
      method: "symmetric_key",
      globalEndpoint: "https://global.azure-devices-provisioning.net",
    },
  },
  "DPS, symmetric key of IoT Edge 1.1": {
    provisioning: { ...dps, method: "symmetric_key", autoReprovisioningMode: "AlwaysOnStartup" },
  },
  "DPS, X.509": { provisioning: { ...dps, method: "x509" } },
};

describe("a device of IoT Edge becomes a connected installation", () => {
  const folder = temporaryDirectory();
  beforeAll(() => {
    const main = join(import.meta.dirname, "../index.ts");
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      toYaml({ name: "p", main, stackConfigDir: "stacks", runtime: "nodejs" }),
    );
    mkdirSync(join(folder, "stacks"));
  });

  it.each(kinds)("%s, by a stack that renders", async (kind) => {
    const { texts, findings } = migrated(deviceFile(kind, key));
    expect(installationOf(texts)).toEqual({ namespace: "line-1", createNamespace: true, ...expected[kind] });
    const ids = findings.map(({ id }) => id).filter((id) => id !== "other-here");
    expect(ids.sort()).toEqual(["device-secret", "one-device"]);

    const stack = parse(texts.get("stacks/Pulumi.line-1.yaml") ?? "");
    stack.config["iotedge:images"] = images;
    writeFileSync(join(folder, "stacks", "Pulumi.line-1.yaml"), toYaml(stack));
    const { objects } = await renderStack({ projectDirectory: folder, stack: "line-1" });
    const iotedged = objects.find(({ object }) => object.kind === "Deployment" && object.metadata.name === "iotedged");
    expect(JSON.stringify(iotedged)).toContain('"secretName":"line-1-device"');
    expect(objects.filter(({ object }) => object.metadata.name === "edgeagent-deployment")).toEqual([]);
  });

  it("with its way through a proxy, by WebSocket where it spoke AMQP so", () => {
    const env = { UpstreamProtocol: "AmqpWs", https_proxy: "http://proxy.example.com:3128", no_proxy: "a.b, .c" };
    const config = deviceFile("DPS, symmetric key", key, { auto_reprovisioning_mode: "OnErrorOnly", agent: { env } });
    const { texts, findings } = migrated(config);
    expect(installationOf(texts).provisioning).toMatchObject({
      upstreamProtocol: "MqttWs",
      httpsProxy: "http://proxy.example.com:3128",
      noProxy: ["a.b", ".c"],
    });
    expect(findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["upstream-protocol", "reprovisioning-mode", "device-secret"]),
    );
  });

  it("without a proxy that asks for a password, whose exceptions alone would be refused", () => {
    const env = { https_proxy: "http://u:secret@proxy.example.com:3128", no_proxy: "a.b" };
    const result = migrated(deviceFile("connection string", key, { agent: { env } }));
    expect(installationOf(result.texts)).toEqual(expect.objectContaining(expected["connection string"]));
    expect(result.findings.filter(({ id }) => id === "corporate-proxy")).toHaveLength(2);
    expect(everythingOf(result)).not.toContain("u:secret");
  });

  it("with its manifest in a file of its own, which a stack beside `provisioning` must not name", () => {
    const { texts, findings } = migrate({ config: deviceFile("DPS, X.509", key), manifest: ofModule({}) }, wanted);
    expect(texts.has("deployments/line-1.json")).toBe(true);
    expect(installationOf(texts)).not.toHaveProperty("deploymentFile");
    expect(findings).toContainEqual(
      expect.objectContaining({ id: "hub-manifest", evidence: "deployments/line-1.json" }),
    );
  });

  it.each(["connection string", "DPS, X.509"] as const)(
    "%s, without what belongs to another way to the hub",
    (kind) => {
      const other = kind === "DPS, X.509" ? "manual, symmetric key" : "DPS, symmetric key";
      const provisioning = { connection_string: key, ...deviceKinds[other](key), ...deviceKinds[kind](key) };
      const { texts } = migrated({ file: "config.toml", text: toToml({ provisioning }) });
      expect(installationOf(texts)).toEqual({ namespace: "line-1", createNamespace: true, ...expected[kind] });
    },
  );

  it("tells that a payload is not sent", () => {
    const provisioning = { ...deviceKinds["DPS, X.509"](), payload: { uri: "file:///etc/payload.json" } };
    const config = { file: "config.toml", text: toToml({ provisioning }) };
    expect(told(config, "dps-payload")).toHaveLength(1);
    expect(installationOf(migrated(config).texts)).toMatchObject(expected["DPS, X.509"]);
  });
});

describe("a device that proves itself by what an installation cannot have", () => {
  const x509 = { method: "x509", registration_id: "d", identity_cert: "file:///c.pem", identity_pk: "file:///k.pem" };
  const service = (attestation: object) => ({ source: "dps", id_scope: "0ne0", attestation });
  it.each([
    ["in a TPM", service({ method: "tpm", registration_id: "d" })],
    ["by EST", service({ ...x509, identity_cert: { method: "est", common_name: "d" } })],
    ["in no file", service({ ...x509, identity_pk: `pkcs11:slot-id=0;object=d?pin-value=${key}` })],
    ["in no file", service({ ...x509, identity_pk: key })],
    [
      "a module that it cannot leave",
      service({ method: "symmetric_key", registration_id: "d", symmetric_key: { uri: `pkcs11:x?pin-value=${key}` } }),
    ],
    ["the certificate's common name", service({ ...x509, registration_id: undefined })],
    ["registration_id is none", service({ ...x509, registration_id: "UPPER" })],
    ["scope", { ...service(x509), id_scope: undefined }],
    ["neither manual nor dps", { source: "external", endpoint: "https://example.com" }],
    [
      "it is a policy's of the hub",
      { source: "manual", connection_string: `SharedAccessKeyName=a;SharedAccessKey=${key}` },
    ],
    ["the device's key is missing", { source: "manual", authentication: { method: "sas" } }],
  ])("becomes a stack that stands alone, and the report says why: %s", (why, provisioning) => {
    const config = { file: "config.toml", text: toToml(JSON.parse(JSON.stringify({ provisioning }))) };
    const result = migrated(config);
    expect(installationOf(result.texts)).not.toHaveProperty("provisioning");
    expect(told(config, "not-connected")).toEqual([
      expect.objectContaining({
        severity: "error",
        message: expect.stringContaining(why),
        fix: expect.stringMatching(/./),
      }),
    ]);
    expect(everythingOf(result)).not.toContain(key);
  });
});

describe("the step that makes the Secret", () => {
  /** Runs the line in a shell whose kubectl prints what it was given. */
  function run(config: Source, folder: string, files: Readonly<Record<string, string | Buffer>> = {}) {
    for (const [name, content] of Object.entries({ [config.file]: config.text, ...files }))
      writeFileSync(join(folder, name), content);
    const [, line = ""] = /: (kubectl create namespace .*)$/s.exec(told(config, "device-secret")[0]?.fix ?? "") ?? [];
    const kubectl = 'kubectl() { printf "%s\\n" "kubectl $*"; case "$*" in */dev/stdin) cat; esac; }';
    const out = execFileSync("sh", ["-c", `${kubectl}; ${line}`], { cwd: folder, encoding: "utf8" });
    const [namespace, ...rest] = out.split("\n");
    expect(namespace).toBe("kubectl create namespace line-1");
    return rest.join("\n");
  }
  const folder = temporaryDirectory();
  const create = (what: string) =>
    `kubectl create secret generic line-1-device -n line-1 --from-file=${what}=/dev/stdin\n`;

  it.each(kinds.filter((kind) => !kind.includes("X.509")))("takes it of the file, byte for byte: %s", (kind) => {
    const content = kind.startsWith("DPS")
      ? `${create("symmetricKey")}${key}`
      : `${create("connectionString")}HostName=plant.azure-devices.net;DeviceId=gateway-17;SharedAccessKey=${key}`;
    expect(run(deviceFile(kind, key), folder)).toBe(content);
  });

  it("is words of a shell, whatever file and device are called, and knows lines that end as on Windows", () => {
    const string = `HostName=h;DeviceId=a$(id)%s;SharedAccessKey=${key}`;
    const text = `[provisioning]\r\nsource = "manual"\r\nconnection_string = '${string}' # "x"\r\n`;
    expect(run({ file: "-n $(id).toml", text }, folder)).toBe(`${create("connectionString")}${string}`);
    const sas = { method: "sas", device_id_pk: { value: key } };
    const provisioning = { source: "manual", iothub_hostname: "h", device_id: "a$(id)'%s", authentication: sas };
    expect(run({ file: "c.toml", text: toToml({ provisioning }) }, folder)).toBe(
      `${create("connectionString")}HostName=h;DeviceId=a$(id)'%s;SharedAccessKey=${key}`,
    );
  });

  it("has one put it into a file where it is written in a way of its own", () => {
    const text = `[provisioning]\nsource = "manual"\nconnection_string = """\nHostName=h;DeviceId=d;SharedAccessKey=${key}"""\n`;
    expect(told({ file: "c.toml", text }, "device-secret")[0]?.fix).toBe(
      "Write the device's connection string into a file that is called connectionString; then: kubectl create namespace line-1; " +
        "kubectl create secret generic line-1-device -n line-1 --from-file=connectionString",
    );
  });

  it("says what a connection string is made of, where the file has a key alone in a table of one line", () => {
    const text = `[provisioning]\nsource = "manual"\niothub_hostname = "h"\ndevice_id = "d"\nauthentication = { method = "sas", device_id_pk = { value = "${key}" } }\n`;
    const fix = told({ file: "c.toml", text }, "device-secret")[0]?.fix;
    expect(fix).toMatch(
      /^Write the device's connection string, which is `HostName=h;DeviceId=d;SharedAccessKey=` and then its key, into a file/,
    );
  });

  it("takes a key that is in a file of its own as base64, as the file has its bytes", () => {
    const file = join(folder, "it's a key");
    const attestation = {
      method: "symmetric_key",
      registration_id: "d",
      symmetric_key: { uri: `file://${encodeURI(file)}` },
    };
    const text = toToml({ provisioning: { source: "dps", id_scope: "0ne0", attestation } });
    const bytes = Buffer.alloc(64, 0xfe);
    expect(run({ file: "c.toml", text }, folder, { "it's a key": bytes })).toBe(
      `${create("symmetricKey")}${bytes.toString("base64")}`,
    );
  });

  it("names the files of a certificate", () => {
    expect(run(deviceFile("manual, X.509", key), folder)).toBe(
      "kubectl create secret tls line-1-device -n line-1 --cert=/var/secrets/device id.pem --key=/var/secrets/device-id.key.pem\n",
    );
  });
});

it("no key of a device is in a file or on the terminal, whatever its kind and wherever else it stands", () => {
  const keys = fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes).toString("base64"));
  const places = fc.constantFrom(
    {},
    ...["connection_string", "device_connection_string", "payload", "identity_pk", "attestation", "authentication"],
    ...["source", "method", "device_id_pk", "symmetric_key", "identity_cert", "endpoint"],
  );
  fc.assert(
    fc.property(fc.constantFrom(...kinds), keys, places, (kind, secret, more) => {
      const base = deviceKinds[kind](secret) as Record<string, unknown>;
      const group = base.source === "dps" ? "attestation" : "authentication";
      const put =
        typeof more !== "string"
          ? base
          : more in base
            ? { ...base, [more]: secret }
            : { ...base, [group]: { ...(base[group] as object), [more]: secret } };
      const more1 = {
        agent: { env: { https_proxy: secret, UpstreamProtocol: secret } },
        auto_reprovisioning_mode: secret,
      };
      const values = { provisioning: put, ...more1 };
      for (const config of [
        { file: "c.toml", text: toToml(values) },
        { file: "c.yaml", text: toYaml(values, { lineWidth: 0 }) },
      ]) {
        expect(everythingOf(migrated(config))).not.toContain(secret.replace(/=+$/, ""));
      }
    }),
    { numRuns: 300 },
  );
});
