import fc from "fast-check";
import { stringify as toToml } from "smol-toml";
import { expect, it } from "vitest";
import { parse, stringify as toYaml } from "yaml";
import { migrate } from "./migrate.ts";

const wanted = { stack: "s", namespace: "s", stackDirectory: "stacks" };
const secret = "Zq7wVxKp2mT9dRb4";

/** Settings as somebody may have them: known keys, others, and anything as their values. */
const word = fc.constantFrom(
  "provisioning",
  "attestation",
  "certificates",
  "moby_runtime",
  "agent",
  "env",
  "config",
  "auth",
  "iotedged",
  "data",
  "edgeAgent",
  "hostname",
  "resources",
  "limits",
  "nodeSelector",
  "connection_string",
  "registryCredentials",
  "x.y",
  "__proto__",
  "constructor",
);
const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const { settings } = fc.letrec<{ settings: Record<string, unknown>; value: unknown }>((tie) => ({
  settings: fc.dictionary(fc.oneof(word, fc.string({ minLength: 1, maxLength: 8 })), tie("value"), {
    maxKeys: 5,
  }),
  value: fc.oneof({ maxDepth: 4 }, scalar, tie("settings")),
}));

it("any settings become a stack, and each of them is converted or told of", () => {
  fc.assert(
    fc.property(settings, fc.boolean(), (values, connected) => {
      for (const sources of [
        { values: { file: "v", text: toYaml(values) } },
        { config: { file: "c", text: toToml(values) } },
        { config: { file: "c.yaml", text: toYaml(values) } },
      ]) {
        const { texts, converted, findings } = migrate(sources, { ...wanted, connected });
        const [installation] = parse(texts.get("stacks/Pulumi.s.yaml") ?? "").config["iotedge:installations"];
        expect(installation).toMatchObject({ namespace: "s", createNamespace: true });
        const told = [...converted.map(({ from }) => from), ...findings.map(({ evidence }) => evidence)];
        for (const path of leaves(values)) {
          if (/^(registryCredentials|agent\.config\.auth)/.test(path)) continue;
          expect(told.some((place) => place.endsWith(` ${path}`))).toBe(true);
        }
      }
    }),
    { numRuns: 300 },
  );
});

it("no key gets into what is written or told, wherever it stands", () => {
  const places = [
    ["provisioning", "connection_string"],
    ["provisioning", "deviceConnectionString"],
    ["provisioning", "authentication", "device_id_pk", "value"],
    ["provisioning", "attestation", "symmetric_key", "value"],
    ["provisioning", "attestation", "symmetricKey"],
    ["agent", "config", "auth", "password"],
    ["agent", "env", "HTTPS_PROXY"],
    ["preloaded_keys", "device"],
    ["provisioning", "device_connection_string"],
    ["provisioning", "attestation", "symmetric_key"],
    ["registryCredentials", "r.example.com", "password"],
    ["edgeAgent", "registryCredentials", "password"],
    ["of", "others"],
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...places),
      fc.constantFrom("", "HostName=h;DeviceId=d;SharedAccessKey=", "http://u:"),
      (path, before) => {
        const values = path.reduceRight<unknown>((below, key) => ({ [key]: below }), `${before}${secret}`);
        for (const sources of [
          { values: { file: "v", text: toYaml(values) } },
          { config: { file: "c", text: toToml(values as object) } },
          { config: { file: "c.yaml", text: toYaml(values) } },
        ]) {
          const { texts, converted, findings } = migrate(sources, wanted);
          expect(JSON.stringify([[...texts.values()], converted, findings])).not.toContain(secret);
        }
      },
    ),
  );
});

it("any manifest is taken, or refused with a code", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const manifest = {
        file: "m",
        text: JSON.stringify({ modulesContent: { $edgeAgent: { "properties.desired": value } } }),
      };
      expect(migrate({ manifest }, wanted).texts.has("deployments/s.json")).toBe(true);
    }),
    { numRuns: 200 },
  );
});

function leaves(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== "object" || value === null) return value === "" ? [] : [path.join(".")];
  return Object.entries(value).flatMap(([key, one]) => leaves(one, [...path, key]));
}
