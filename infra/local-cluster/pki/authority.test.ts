import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createAuthority, createKeys } from "./authority.ts";

const now = new Date("2026-05-04T12:00:00Z");
const authority = await createAuthority("edge-local-ca", now);
const ca = new X509Certificate(authority.certificate);

describe("createAuthority", () => {
  it("makes a CA that signed itself", () => {
    expect(ca.ca).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.checkPrivateKey(createPrivateKey(authority.key))).toBe(true);
  });

  it("issues client certificates with user and group", async () => {
    const pair = await authority.issue({ commonName: "system:node:edge-node", organization: "system:nodes" });
    const leaf = new X509Certificate(pair.certificate);
    expect(leaf.subject).toBe("O=system:nodes\nCN=system:node:edge-node");
    expect(leaf.checkIssued(ca)).toBe(true);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(leaf.ca).toBe(false);
  });

  it("issues server certificates for addresses and names", async () => {
    const names = [
      { type: "ip", value: "10.245.0.1" },
      { type: "dns", value: "kubernetes.default.svc" },
    ] as const;
    const leaf = new X509Certificate((await authority.issue({ commonName: "kube-apiserver", names })).certificate);
    expect(leaf.checkIP("10.245.0.1")).toBe("10.245.0.1");
    expect(leaf.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
    expect(leaf.checkHost("example.org")).toBeUndefined();
    expect(leaf.keyUsage).toContain("1.3.6.1.5.5.7.3.1");
  });

  it("dates certificates back, for clocks that are set back", () => {
    expect(ca.validFromDate).toEqual(new Date("2026-05-04T11:00:00Z"));
    expect(ca.validToDate).toEqual(new Date("2027-05-04T12:00:00Z"));
  });
});

describe("createKeys", () => {
  it("makes the two halves of one key", async () => {
    const { publicKey, privateKey } = await createKeys();
    const derived = createPublicKey(createPrivateKey(privateKey));
    expect(derived.export({ type: "spki", format: "pem" })).toBe(publicKey);
  });
});
