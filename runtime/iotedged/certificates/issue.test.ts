import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createTestCa, type TestCa } from "../../../test/fakes/test-ca.ts";
import { type CertificateRequest, issueCertificate } from "./issue.ts";
import { loadWorkloadCa, type WorkloadCa } from "./workload-ca.ts";

const now = Date.parse("2026-01-01T00:00:00.500Z");
const day = 86_400_000;
const request: CertificateRequest = {
  commonName: "Gateway",
  alternativeNames: [
    { type: "dns", value: "gateway" },
    { type: "ip", value: "10.0.0.1" },
  ],
  usage: "server",
  notAfter: now + 10 * day,
};

let root: TestCa;
let testCa: TestCa;
let ca: WorkloadCa;

beforeAll(async () => {
  root = await createTestCa({ name: "root", notBefore: now - day, notAfter: now + 400 * day });
  testCa = await createTestCa({ name: "workload ca", notBefore: now - day, notAfter: now + 100 * day, issuer: root });
  ca = await loadWorkloadCa(testCa.certificatePem, testCa.keyPem);
});

const issue = async (change: Partial<CertificateRequest> = {}, at = now) => {
  const issued = await issueCertificate(ca, { ...request, ...change }, at);
  return { issued, leaf: new X509Certificate(issued.certificate) };
};

describe("issueCertificate", () => {
  it("issues a leaf of the CA that fits its key and names what was asked for", async () => {
    const { issued, leaf } = await issue();
    const parent = new X509Certificate(testCa.certificatePem);
    expect(leaf.verify(parent.publicKey)).toBe(true);
    expect(leaf.checkIssued(parent)).toBe(true);
    expect(leaf.checkPrivateKey(createPrivateKey(issued.privateKey))).toBe(true);
    expect(leaf.subject).toBe("CN=Gateway");
    expect(leaf.subjectAltName).toBe("DNS:gateway, IP Address:10.0.0.1");
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect((await issue({ usage: "client" })).leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  });

  it("follows the leaf by the CA's chain", async () => {
    const { issued } = await issue();
    expect(issued.certificate.match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(2);
    expect(issued.certificate.endsWith(testCa.certificatePem)).toBe(true);
  });

  it("begins a minute ago and ends when asked", async () => {
    const { issued, leaf } = await issue();
    expect(leaf.validFromDate.getTime()).toBe(Math.floor((now - 60_000) / 1000) * 1000);
    expect(leaf.validToDate.getTime()).toBe(issued.notAfter);
    expect(issued.notAfter).toBe(Math.floor((now + 10 * day) / 1000) * 1000);
  });

  it("never outlives the CA, nor begins before it", async () => {
    expect((await issue({ notAfter: now + 1000 * day })).issued.notAfter).toBe(ca.notAfter - (ca.notAfter % 1000));
    expect((await issue({}, ca.notBefore + 1000)).issued.notBefore).toBe(ca.notBefore);
  });

  it("does not issue once the CA is over", async () => {
    await expect(issue({}, ca.notAfter)).rejects.toMatchObject({ code: "EDGE_IOTEDGED_CA_EXPIRED" });
  });

  it("gives each certificate another serial number and key", async () => {
    const [one, other] = [await issue(), await issue()];
    expect(one.leaf.serialNumber).not.toBe(other.leaf.serialNumber);
    expect(one.issued.privateKey).not.toBe(other.issued.privateKey);
    expect(one.leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it("keeps the issuer's name byte for byte, also as another tool encodes it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "foreign-ca-"));
    try {
      const [key, crt] = [join(directory, "k"), join(directory, "c")];
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
      const subject = ["-subj", "/O=Plant 7/CN=workload", "-days", "30"];
      execFileSync("openssl", ["req", "-x509", ...curve, "-keyout", key, "-out", crt, ...subject], { stdio: "ignore" });
      const foreign = await loadWorkloadCa(readFileSync(crt, "utf8"), readFileSync(key, "utf8"));
      const { certificate } = await issueCertificate(foreign, { ...request, notAfter: Date.now() + day }, Date.now());
      const leaf = new X509Certificate(certificate);
      expect(leaf.checkIssued(new X509Certificate(foreign.chain))).toBe(true);
      const issuerName = Buffer.from(foreign.certificate.subjectName.toArrayBuffer()).toString("hex");
      expect(leaf.raw.toString("hex")).toContain(issuerName);
      expect(Buffer.from(foreign.certificate.rawData).toString("hex")).toContain(issuerName);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("loadWorkloadCa", () => {
  it.each([
    ["no certificate", () => ["", testCa.keyPem]],
    ["no PEM", () => ["hello", testCa.keyPem]],
    ["no key", () => [testCa.certificatePem, "hello"]],
    ["another CA's key, as in a half-updated mount", () => [testCa.certificatePem, root.keyPem]],
  ])("refuses %s", async (_what, files) => {
    const [chain = "", key = ""] = files();
    await expect(loadWorkloadCa(chain, key)).rejects.toMatchObject({ code: "EDGE_IOTEDGED_CA_INVALID" });
  });

  it("refuses a certificate that is none of a CA, and a key on another curve", async () => {
    const times = { notBefore: now, notAfter: now + day };
    const leaf = await createTestCa({ name: "leaf", ...times, ca: false });
    const p384 = await createTestCa({ name: "p384", ...times, curve: "P-384" });
    await expect(loadWorkloadCa(leaf.certificatePem, leaf.keyPem)).rejects.toThrow(/not one of a CA/);
    await expect(loadWorkloadCa(p384.certificatePem, p384.keyPem)).rejects.toThrow(/P-256/);
  });
});
