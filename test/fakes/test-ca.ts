import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** A CA made for one test. */
export interface TestCa {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificatePem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface TestCaOptions {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Who issues it; itself by default. */
  readonly issuer?: TestCa;
  /** Those of a CA that is renewed; new ones by default. */
  readonly keys?: webcrypto.CryptoKeyPair;
  readonly curve?: "P-256" | "P-384";
  /** `false` makes a certificate that is none of a CA. */
  readonly ca?: boolean;
}

/** Makes a root CA, or one below `issuer`. */
export async function createTestCa(options: TestCaOptions): Promise<TestCa> {
  const { name, notBefore, notAfter, issuer, curve = "P-256", ca = true } = options;
  const algorithm = { name: "ECDSA", namedCurve: curve, hash: "SHA-256" };
  const keys = options.keys ?? (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]));
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "01",
    subject: `CN=${name}`,
    issuer: issuer?.certificate.subjectName ?? `CN=${name}`,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey: keys.publicKey,
    signingKey: issuer?.keys.privateKey ?? keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate,
    keys,
    certificatePem: `${certificate.toString("pem")}\n`,
    keyPem: `${PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}
