import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { annotations } from "../labels.ts";
import { objectNames } from "../names.ts";
import { loadScrubber } from "../redaction/index.ts";
import { hubKey, jwt, pemKey, tokens } from "../redaction/test/tokens.ts";
import { redactObject } from "./redact-object.ts";

const { text: scrub } = await loadScrubber();
const canary = "canary-4711";

/** An object that has the text wherever an object of Kubernetes may have one that somebody wrote. */
function podWith(secret: string): object {
  const exec = { command: ["sh", "-c", secret] };
  return {
    metadata: {
      name: "sensor",
      annotations: { note: secret, [annotations.configHash]: secret, "deployment.kubernetes.io/revision": secret },
      managedFields: [{ fieldsV1: { secret } }],
    },
    spec: {
      containers: [
        {
          name: "sensor",
          args: [secret],
          env: [{ name: "A", value: secret }],
          lifecycle: { postStart: { exec }, preStop: { httpGet: { httpHeaders: [{ name: "X", value: secret }] } } },
          livenessProbe: { exec },
        },
      ],
      securityContext: { sysctls: [{ name: "a", value: secret }] },
      volumes: [
        { name: "csi", csi: { driver: "x", volumeAttributes: { server: secret, anything: secret } } },
        { name: "flex", flexVolume: { driver: "x", options: { o: secret } } },
      ],
    },
    data: { key: secret },
    binaryData: { key: secret },
    stringData: { key: secret },
    password: secret,
    nested: [{ sharedAccessKey: secret, credentials: [secret], pin: { name: "DB_PASSWORD", value: secret } }],
  };
}

describe("an object of a bundle", () => {
  it("has nothing of what its owner wrote where values are free", () => {
    const text = JSON.stringify(redactObject(podWith(canary), scrub));
    expect(text).not.toContain(canary);
    for (const kept of ["volumeAttributes", "server", "note", '"driver":"x"', "[11 bytes]"])
      expect(text).toContain(kept);
  });

  it.each([...Object.entries(tokens), ["hub key", hubKey], ["PEM", pemKey()]])(
    "has no %s in any other text: messages, labels, names, paths",
    (_, token) => {
      const object = {
        metadata: { name: `x-${token}`, labels: { a: token } },
        status: { message: `failed: "${token}"`, conditions: [{ message: `_${token}` }] },
        note: `url https://x/${token}`,
        data: { "config.json": `{"a":"${token}"}` },
      };
      const known = { ...object, metadata: { ...object.metadata, name: objectNames.iotedgedConfig } };
      for (const one of [object, known]) {
        expect(JSON.stringify(redactObject(one, scrub))).not.toContain(JSON.stringify(token).slice(5, -5));
      }
    },
  );

  it("keeps what tells of an installation: names of Secrets, keys, the trust bundle", () => {
    const certificate = `-----BEGIN CERTIFICATE-----\n${pemKey().split("\n").slice(1, 6).join("\n")}\n-----END CERTIFICATE-----\n`;
    const object = {
      metadata: { name: objectNames.trustBundle, annotations: { [annotations.moduleId]: "$edgeHub" } },
      data: { "trust_bundle.pem": certificate },
      spec: {
        imagePullSecrets: [{ name: "registry-credentials" }],
        automountServiceAccountToken: false,
        volumes: [
          { secret: { secretName: "our-ca", items: [{ key: "tls.key", path: "tls.key" }] } },
          {
            projected: {
              sources: [{ serviceAccountToken: { audience: "a", path: "token", expirationSeconds: 3600 } }],
            },
          },
        ],
        containers: [{ env: [{ name: "P", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] }],
        dnsConfig: { options: [{ name: "ndots", value: "2" }] },
        tolerations: [{ key: "node.kubernetes.io/not-ready", operator: "Exists" }],
      },
      image: `registry.example.com/a@sha256:${"4bcff639".repeat(8)}`,
    };
    expect(redactObject(object, scrub)).toEqual(object);
  });

  it("keeps its shape whatever it is, and never fails", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof redactObject(value, scrub)).toBe(typeof value);
      }),
    );
  });

  it("has no token that is a member's value, whatever the member's name", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (name, path) => {
        const object = path.reduce<unknown>((inner, key) => ({ [key]: [inner] }), { [name]: jwt });
        expect(JSON.stringify(redactObject(object, scrub))).not.toContain(jwt.slice(10, 40));
      }),
    );
  });
});
