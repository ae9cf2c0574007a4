import "reflect-metadata";
import { createHash, X509Certificate } from "node:crypto";
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { createTestCa, type TestCa } from "../../fakes/test-ca.ts";

/** A certificate and its key, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, as the registry has it. */
  readonly thumbprint: string;
}

export interface Leaf {
  readonly commonName: string;
  /** Makes it a server's; it is a client's without. */
  readonly names?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}

const day = 86_400_000;

/** A CA that servers or devices have certificates of. */
export interface Authority {
  readonly pem: string;
  readonly certificate: X509Certificate;
  issue(leaf: Leaf): Promise<KeyPair>;
}

export async function createAuthority(name: string, now: number): Promise<Authority> {
  const ca = await createTestCa({ name, notBefore: now - day, notAfter: now + 3650 * day });
  return {
    pem: ca.certificatePem,
    certificate: new X509Certificate(ca.certificatePem),
    issue: (leaf) => issueLeaf(ca, { notBefore: now - day, notAfter: now + 365 * day, ...leaf }),
  };
}

let issued = 0;

async function issueLeaf(ca: TestCa, leaf: Leaf & { notBefore: number; notAfter: number }): Promise<KeyPair> {
  const { commonName, names, notBefore, notAfter } = leaf;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const usage = names === undefined ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: (++issued + 0x1000).toString(16),
    subject: `CN=${commonName}`,
    issuer: ca.certificate.subjectName,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new ExtendedKeyUsageExtension([usage]),
      ...(names === undefined
        ? []
        : [new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns" as const, value })))]),
    ],
  });
  const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  const thumbprint = createHash("sha256").update(Buffer.from(certificate.rawData)).digest("hex");
  return { cert: `${certificate.toString("pem")}\n`, key: `${key}\n`, thumbprint };
}
