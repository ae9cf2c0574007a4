import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createTestCa } from "../../test/fakes/test-ca.ts";
import { EdgeInstallation } from "./edge-installation.ts";
import { fakeTls, isSecretInput, isUnknown, recordProgram, revealed, settled } from "./test/recorded-program.ts";
import { images, recordInstallation } from "./test/sample.ts";

const decoded = (text: string) => Buffer.from(text, "base64").toString("utf8");

async function ownCa(): Promise<string> {
  const year = 365 * 86_400_000;
  return (await createTestCa({ name: "ours", notBefore: Date.now(), notAfter: Date.now() + year })).certificatePem;
}

describe("trust", () => {
  it("makes P-256 keys only", async () => {
    const { all } = await recordInstallation();
    expect(
      all("PrivateKey")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["edge-a-identity", "edge-a-root-r1", "edge-a-workload-ca"]);
    for (const { inputs } of all("PrivateKey")) expect(inputs).toEqual({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  });

  it("lets the root live long enough for every workload CA that it signs", async () => {
    const { find } = await recordInstallation({ trust: { rootDays: 100, workloadCaDays: 30, earlyRenewalDays: 10 } });
    const root = find("SelfSignedCert").inputs;
    const workloadCa = find("LocallySignedCert").inputs;
    expect(root).toMatchObject({
      isCaCertificate: true,
      maxPathLength: 1,
      validityPeriodHours: 2400,
      earlyRenewalHours: 720,
    });
    expect(workloadCa).toMatchObject({
      isCaCertificate: true,

      validityPeriodHours: 720,
      earlyRenewalHours: 240,
    });
    expect(root.earlyRenewalHours).toBeGreaterThanOrEqual(workloadCa.validityPeriodHours);
  });

  it("puts the workload CA and the identity key into Secrets, marked as secret", async () => {
    const { find } = await recordInstallation();
    const workloadCa = revealed(find("Secret", "iotedged-workload-ca").inputs.data) as Record<string, string>;
    const identity = revealed(find("Secret", "iotedged-identity").inputs.data) as Record<string, string>;
    expect(Object.keys(workloadCa).sort()).toEqual(["tls.crt", "tls.key"]);
    expect(decoded(workloadCa["tls.crt"] ?? "")).toBe(fakeTls.certPem);
    expect(decoded(workloadCa["tls.key"] ?? "")).toBe(fakeTls.privateKeyPemPkcs8);
    expect(decoded(identity["identity.key"] ?? "")).toBe(fakeTls.privateKeyPemPkcs8);
  });

  it("makes no identity key where the user has a Secret of one, and iotedged mounts that", async () => {
    const own = { identity: { existingSecret: "our-identity" } };
    const { all, find } = await recordInstallation(own);
    expect(all("PrivateKey").filter(({ name }) => name.endsWith("-identity"))).toEqual([]);
    expect(all("Secret").map(({ name }) => name)).toEqual(["edge-a-iotedged-workload-ca"]);
    const { volumes } = find("Deployment", "iotedged").inputs.spec.template.spec;
    expect(volumes).toContainEqual({ name: "identity", secret: { secretName: "our-identity", defaultMode: 0o440 } });
  });

  it("makes no key at all where the CA is the user's, too", async () => {
    const testCa = await ownCa();
    const { all } = await recordInstallation({
      identity: { existingSecret: "our-identity" },
      trust: { workloadCa: { existingSecret: "our-ca" }, roots: [], trustedCas: [testCa] },
    });
    expect([...all("PrivateKey"), ...all("Secret")]).toEqual([]);
  });

  it("has cert-manager make and renew the CA where the stack names an issuer, with what iotedged can load", async () => {
    const ca = await ownCa();
    const { all, find } = await recordInstallation({
      trust: {
        workloadCa: { certManager: { issuerRef: { name: "line-ca", kind: "ClusterIssuer" } } },
        trustedCas: [ca],
        workloadCaDays: 30,
        earlyRenewalDays: 10,
      },
    });
    const { metadata, spec } = find("Certificate").inputs;
    expect(metadata).toMatchObject({ name: "iotedged-issued-ca", namespace: "edge-a" });
    expect(spec).toEqual({
      secretName: "iotedged-issued-ca",
      issuerRef: { name: "line-ca", kind: "ClusterIssuer", group: "cert-manager.io" },
      isCA: true,
      commonName: "edge-a workload CA",
      subject: { organizations: ["IoT Edge"] },
      usages: ["cert sign", "crl sign"],
      privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
      duration: "720h0m0s",
      renewBefore: "240h0m0s",
      revisionHistoryLimit: 1,
    });
    expect(all("PrivateKey").map(({ name }) => name)).toEqual(["edge-a-identity"]);
    const { volumes } = find("Deployment", "iotedged").inputs.spec.template.spec;
    expect(JSON.stringify(volumes)).toContain('"secretName":"iotedged-issued-ca"');
    expect(find("ConfigMap", "iotedged-proxy-trust-bundle").inputs.metadata.annotations).toMatchObject({
      "iotedge.dev/trust-workload-ca": "secret:iotedged-issued-ca",
    });
  });

  it("refuses two places that the CA comes from", async () => {
    const ca = await ownCa();
    const workloadCa = { existingSecret: "our-ca", certManager: { issuerRef: { name: "line-ca" } } };
    const thrown: unknown[] = [];
    await recordProgram(() => {
      try {
        new EdgeInstallation("edge-a", { namespace: "edge-a", images, trust: { workloadCa, trustedCas: [ca] } });
      } catch (error) {
        thrown.push(error);
      }
    });
    expect(thrown).toEqual([
      expect.objectContaining({
        code: "EDGE_INSTALLATION_TRUST",
        message: expect.stringContaining("existingSecret and certManager"),
      }),
    ]);
  });

  it("puts no private key anywhere else into the cluster", async () => {
    const { resources } = await recordInstallation();
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:") && !type.endsWith(":Secret"));
    const text = JSON.stringify(objects.map(({ inputs }) => inputs));
    for (const key of [fakeTls.privateKeyPem, fakeTls.privateKeyPemPkcs8]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(Buffer.from(key).toString("base64"));
    }
    expect(text).not.toContain("1b47061264138c4ac30d75fd1eb44270");
  });

  it("publishes the root as the trust bundle, with its hash as output", async () => {
    const { find, result } = await recordInstallation();
    expect(find("ConfigMap", "iotedged-proxy-trust-bundle").inputs.data).toEqual({
      "trust_bundle.pem": fakeTls.certPem,
    });
    const hash = createHash("sha256").update(fakeTls.certPem).digest("hex");
    expect(await settled(result.trustBundleSha256)).toBe(hash);
  });

  it("leaves unknown in a preview what only the update makes, and still keeps it secret", async () => {
    const { find } = await recordInstallation({}, { preview: true });
    const secret = find("Secret", "iotedged-workload-ca").inputs.data;
    expect(isSecretInput(secret)).toBe(true);
    expect(isUnknown(secret)).toBe(true);
    expect(isUnknown(find("ConfigMap", "iotedged-proxy-trust-bundle").inputs.data)).toBe(true);
  });

  it("refuses periods that would renew a certificate at once, before anything is declared", async () => {
    const declare = () =>
      new EdgeInstallation("edge-a", {
        namespace: "edge-a",
        images,
        trust: { workloadCaDays: 30, earlyRenewalDays: 30 },
      });
    const thrown: unknown[] = [];
    await recordProgram(() => {
      try {
        declare();
      } catch (error) {
        thrown.push(error);
      }
    });
    expect(thrown).toEqual([
      expect.objectContaining({
        code: "EDGE_INSTALLATION_TRUST",
        message: expect.stringContaining("trust.earlyRenewalDays of installation edge-a is 30"),
      }),
    ]);
  });
});
