import { execFileSync } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memoryStateStore } from "../state-store.ts";
import { type PropertyMap, unknownValue } from "../values.ts";
import { systemTlsEnvironment, type TlsEnvironment } from "./environment.ts";
import { resolveTlsResource } from "./resource.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const hour = 3_600_000;
const environmentAt = (now: number): TlsEnvironment => ({ ...systemTlsEnvironment, now: () => now });

const tokens = {
  key: "tls:index/privateKey:PrivateKey",
  self: "tls:index/selfSignedCert:SelfSignedCert",
  request: "tls:index/certRequest:CertRequest",
  signed: "tls:index/locallySignedCert:LocallySignedCert",
} as const;

function stack(state = memoryStateStore(), now = start, preview = false) {
  return async (type: keyof typeof tokens, name: string, inputs: PropertyMap, aliases: readonly string[] = []) => {
    const known = !JSON.stringify(inputs).includes(unknownValue);
    const request = { urn: name, aliases, type: tokens[type], inputs, inputsKnown: known, preview };
    const { outputs, id } = await resolveTlsResource(request, state, environmentAt(now));
    return { ...outputs, id } as Record<string, string> & { id: string | undefined };
  };
}

const algorithms: [string, PropertyMap][] = [
  ["ECDSA P256", { algorithm: "ECDSA", ecdsaCurve: "P256" }],
  ["ECDSA P384", { algorithm: "ECDSA", ecdsaCurve: "P384" }],
  ["RSA 2048", { algorithm: "RSA" }],
  ["ED25519", { algorithm: "ED25519" }],
];

describe.each(algorithms)("%s", (_, keyInputs) => {
  test("the three private formats and the public ones are of one key", async () => {
    const key = await stack()("key", "k", keyInputs);
    const spki = createPublicKey(createPrivateKey(key.privateKeyPem ?? "")).export({ type: "spki", format: "pem" });
    expect(spki).toBe(key.publicKeyPem);
    expect(
      createPublicKey(createPrivateKey(key.privateKeyPemPkcs8 ?? "")).export({ type: "spki", format: "pem" }),
    ).toBe(spki);
    expect(key.publicKeyFingerprintMd5).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    expect(key.id).toMatch(/^[0-9a-f]{40}$/);
  });

  test("a certificate of a CA verifies by node:crypto and by openssl", async () => {
    const { root, leaf } = await chain(keyInputs);
    const ca = new X509Certificate(root.certPem ?? "");
    const certificate = new X509Certificate(leaf.certPem ?? "");
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(ca.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkHost("iotedged.edge-a.svc")).toBe("iotedged.edge-a.svc");
    expect(certificate.checkIP("10.0.0.1")).toBe("10.0.0.1");
    expect(certificate.subject).toBe("O=Contoso\nCN=leaf");
    expect(
      openssl(["verify", "-attime", String(start / 1000 + 60), "-x509_strict", "-CAfile", "root.pem", "leaf.pem"], {
        "root.pem": root.certPem ?? "",
        "leaf.pem": leaf.certPem ?? "",
      }),
    ).toContain("OK");
  });
});

async function chain(keyInputs: PropertyMap) {
  const make = stack();
  const rootKey = await make("key", "root-key", keyInputs);
  const leafKey = await make("key", "leaf-key", keyInputs);
  const root = await make("self", "root", {
    privateKeyPem: rootKey.privateKeyPem ?? "",
    subject: { commonName: "root" },
    isCaCertificate: true,
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
    validityPeriodHours: 48,
  });
  const request = await make("request", "request", {
    privateKeyPem: leafKey.privateKeyPem ?? "",
    subject: { commonName: "leaf", organization: "Contoso" },
    dnsNames: ["iotedged.edge-a.svc"],
    ipAddresses: ["10.0.0.1"],
  });
  const leaf = await make("signed", "leaf", {
    certRequestPem: request.certRequestPem ?? "",
    caPrivateKeyPem: rootKey.privateKeyPem ?? "",
    caCertPem: root.certPem ?? "",
    allowedUses: ["digital_signature", "server_auth"],
    validityPeriodHours: 24,
    setSubjectKeyId: true,
  });
  return { root, leaf, request, rootKey, leafKey };
}

test("times, serial number and algorithm are outputs", async () => {
  const { root, leaf, request } = await chain({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  expect(root).toMatchObject({
    validityStartTime: "2026-01-01T00:00:00Z",
    validityEndTime: "2026-01-03T00:00:00Z",
    readyForRenewal: false,
    keyAlgorithm: "ECDSA",
  });
  expect(leaf.caKeyAlgorithm).toBe("ECDSA");
  expect(request.keyAlgorithm).toBe("ECDSA");
  expect(BigInt(`0x${new X509Certificate(leaf.certPem ?? "").serialNumber}`).toString()).toBe(leaf.id);
});

test("a path length of zero is written", async () => {
  const make = stack();
  const key = await make("key", "k", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const ca = await make("self", "ca", {
    privateKeyPem: key.privateKeyPem ?? "",
    subject: { commonName: "ca" },
    isCaCertificate: true,
    maxPathLength: 0,
    setAuthorityKeyId: true,
    allowedUses: ["cert_signing"],
    validityPeriodHours: 1,
  });
  const text = openssl(["x509", "-noout", "-text", "-in", "ca.pem"], { "ca.pem": ca.certPem ?? "" });
  expect(text).toContain("CA:TRUE, pathlen:0");
  expect(text).toContain("X509v3 Authority Key Identifier");
  expect(text).toMatch(/Key Usage: critical\s+Certificate Sign\n/);
});

describe("OpenSSH formats", () => {
  test.each(algorithms)("%s: ssh-keygen reads the private key and finds our public one", async (_, inputs) => {
    const key = await stack()("key", "k", inputs);
    const printed = execSsh(["-y", "-f", "key"], { key: key.privateKeyOpenssh ?? "" });
    expect(printed ?? key.publicKeyOpenssh).toBe(key.publicKeyOpenssh);
    const fingerprint = execSsh(["-l", "-f", "key.pub"], { "key.pub": key.publicKeyOpenssh ?? "" });
    expect(fingerprint ?? key.publicKeyFingerprintSha256).toContain(key.publicKeyFingerprintSha256);
  });

  test("are empty for P224", async () => {
    const key = await stack()("key", "k", { algorithm: "ECDSA" });
    expect(key).toMatchObject({ ecdsaCurve: "P224", publicKeyOpenssh: "", privateKeyOpenssh: "" });
    expect(key.privateKeyPem).toContain("BEGIN EC PRIVATE KEY");
  });
});

describe("state", () => {
  const keyInputs = { algorithm: "ECDSA", ecdsaCurve: "P256" };

  test("unchanged inputs give the same key", async () => {
    const state = memoryStateStore();
    const first = await stack(state)("key", "k", keyInputs);
    expect(await stack(state)("key", "k", keyInputs)).toEqual(first);
  });

  test("a resource that moved is found by its alias", async () => {
    const state = memoryStateStore();
    const first = await stack(state)("key", "old", keyInputs);
    expect(await stack(state)("key", "new", keyInputs, ["old"])).toEqual(first);
    expect(await stack(state)("key", "new", keyInputs)).toEqual(first);
  });

  test("changed inputs give a new one", async () => {
    const state = memoryStateStore();
    const first = await stack(state)("key", "k", keyInputs);
    const second = await stack(state)("key", "k", { ...keyInputs, ecdsaCurve: "P384" });
    expect(second.publicKeyPem).not.toBe(first.publicKeyPem);
  });

  const certificate = async (state = memoryStateStore(), now = start, early = 2, preview = false) => {
    const make = stack(state, now, preview);
    const key = await make("key", "k", keyInputs);
    return make("self", "c", {
      privateKeyPem: key.privateKeyPem ?? "",
      subject: { commonName: "c" },
      allowedUses: [],
      validityPeriodHours: 10,
      earlyRenewalHours: early,
    });
  };

  test("a certificate is renewed inside its renewal window, with its key", async () => {
    const state = memoryStateStore();
    const first = await certificate(state);
    expect((await certificate(state, start + 8 * hour - 1)).certPem).toBe(first.certPem);
    const second = await certificate(state, start + 8 * hour);
    expect(second.validityStartTime).toBe("2026-01-01T08:00:00Z");
    expect(
      new X509Certificate(second.certPem ?? "").publicKey.equals(new X509Certificate(first.certPem ?? "").publicKey),
    ).toBe(true);
  });

  test("another renewal window alone does not make a new certificate", async () => {
    const state = memoryStateStore();
    const first = await certificate(state);
    expect((await certificate(state, start, 3)).certPem).toBe(first.certPem);
  });

  test("a preview makes nothing: what is not in the state is unknown", async () => {
    const state = memoryStateStore();
    expect(await certificate(state, start, 2, true)).toMatchObject({ certPem: unknownValue, id: undefined });
    expect(state.get("k")).toBeUndefined();
    const made = await certificate(state);
    expect((await certificate(state, start, 2, true)).certPem).toBe(made.certPem);
    expect((await certificate(state, start + 9 * hour, 2, true)).certPem).toBe(unknownValue);
  });
});

describe("bad input", () => {
  const wrong: [string, keyof typeof tokens, PropertyMap, string][] = [
    ["no algorithm", "key", {}, "algorithm is required"],
    ["unknown algorithm", "key", { algorithm: "DSA" }, 'algorithm is "DSA"'],
    ["unknown curve", "key", { algorithm: "ECDSA", ecdsaCurve: "P1" }, 'ecdsaCurve is "P1"'],
    ["no PEM", "request", { privateKeyPem: "secret stuff" }, "privateKeyPem is no private key in PEM"],
    [
      "write-only argument",
      "request",
      { privateKeyPemWo: "x" },
      "privateKeyPemWo is not supported; pass privateKeyPem",
    ],
  ];
  test.each(wrong)("%s", async (_, type, inputs, message) => {
    const failure = stack()(type, "u", inputs);
    await expect(failure).rejects.toMatchObject({ code: "EDGE_RENDER_TLS_INPUT" });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow("secret stuff");
  });

  test("a CA's key that is not that of its certificate", async () => {
    const one = await chain({ algorithm: "ECDSA", ecdsaCurve: "P256" });
    const inputs = {
      certRequestPem: one.request.certRequestPem ?? "",
      caPrivateKeyPem: one.leafKey.privateKeyPem ?? "",
      caCertPem: one.root.certPem ?? "",
      allowedUses: [],
      validityPeriodHours: 1,
    };
    await expect(stack()("signed", "x", inputs)).rejects.toThrow("caPrivateKeyPem is not the key of caCertPem");
  });

  test("an unknown use, an invalid address, a CA without subject", async () => {
    const make = stack();
    const key = await make("key", "k", { algorithm: "ECDSA", ecdsaCurve: "P256" });
    const base = { privateKeyPem: key.privateKeyPem ?? "", validityPeriodHours: 1, allowedUses: [] };
    await expect(make("self", "a", { ...base, allowedUses: ["sign"] })).rejects.toThrow(
      'allowedUses: "sign" is none of',
    );
    await expect(make("self", "b", { ...base, ipAddresses: ["1.2.3"] })).rejects.toThrow('ipAddresses: "1.2.3"');
    await expect(make("self", "c", { ...base, isCaCertificate: true })).rejects.toThrow("subject is required");
  });
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "edge-tls-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function runIn(program: string, args: readonly string[], files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o600 });
  return execFileSync(program, args, { cwd: directory, encoding: "utf8" });
}

const openssl = (args: readonly string[], files: Record<string, string>) => runIn("openssl", args, files);

/** ssh-keygen's output, or undefined on a machine without it. */
function execSsh(args: readonly string[], files: Record<string, string>): string | undefined {
  try {
    return runIn("ssh-keygen", args, files);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
