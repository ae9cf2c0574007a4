import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import { trustModelErrors } from "../../trust-model/errors.ts";
import { checkCertificates, checkDrift, checkPermissions, checkServerVersion, checkTrust } from "./checks.ts";

const now = Date.UTC(2026, 10, 23);
const day = 86_400_000;

async function certificate(days: number): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=ca",
    notBefore: new Date(now - 400 * day),
    notAfter: new Date(now + days * day),
    signingAlgorithm: algorithm,
    keys,
  });
  return made.toString("pem");
}

describe("checks of a preflight", () => {
  test("certificates: the one that ends first decides", async () => {
    const [long, short, over] = [await certificate(300), await certificate(5), await certificate(-1)];
    const check = (...pems: readonly string[]) =>
      checkCertificates(
        pems.map((pem) => ({ where: "Secret s", pem })),
        now,
      );
    expect(check(long)).toMatchObject({ severity: "ok" });
    expect(check(`${long}\n${short}`)).toMatchObject({ severity: "warning", message: "a certificate ends in 5 days" });
    expect(check(long, over)).toMatchObject({ severity: "error" });
    expect(check(long, "no certificate")).toMatchObject({
      severity: "error",
      message: "a certificate cannot be read",
      evidence: "Secret s",
    });
    expect(check()).toMatchObject({ severity: "ok" });
  });

  test.each([
    ["v1.36.3", "ok"],
    ["v1.30.0+k3s1", "ok"],
    ["v1.29.15", "error"],
    ["v1.28.15", "error"],
    ["v0.99.1", "error"],
    ["v2.0.0", "ok"],
    ["unknown", "warning"],
  ])("server version %s: %s", (version, severity) => {
    expect(checkServerVersion(version).severity).toBe(severity);
  });

  test("permissions: names what is missing, the first few of many", () => {
    expect(checkPermissions([], 5)).toMatchObject({ severity: "ok", message: "all 5 kinds of request are allowed" });
    const missing = Array.from({ length: 10 }, (_, index) => `get pods in n${index}`);
    expect(checkPermissions(missing, 20).evidence).toMatch(/^get pods in n0; .*n7, and 2 more$/);
  });

  test("drift is a warning that names field and manager", () => {
    expect(checkDrift([]).severity).toBe("ok");
    const drifted = { object: "ConfigMap n/c", field: ".data.key", manager: "kubectl-edit" };
    expect(checkDrift([drifted])).toMatchObject({
      severity: "warning",
      evidence: "ConfigMap n/c .data.key by kubectl-edit",
    });
  });

  test("trust: each refusal is an error with its way out", () => {
    expect(checkTrust([])).toMatchObject([{ id: "trust", severity: "ok" }]);
    const refusals = ["edge-a", "edge-b"].map((installation) =>
      trustModelErrors.EDGE_TRUST_OTHER_KEY({ installation, root: "r1" }),
    );
    expect(checkTrust(refusals)).toMatchObject([
      {
        id: "trust",
        severity: "error",
        message: "root r1 of installation edge-a has another key here than in the cluster",
        evidence: "EDGE_TRUST_OTHER_KEY",
        fix: refusals[0]?.remedy,
      },
      { message: expect.stringContaining("edge-b") },
    ]);
  });
});
