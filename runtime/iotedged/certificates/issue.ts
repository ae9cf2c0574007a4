import { randomBytes } from "node:crypto";
import { iotedgedErrors } from "../errors.ts";
import type { WorkloadCa } from "./workload-ca.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "./x509.ts";

/** A certificate with its key, as PEM. */
export interface IssuedCertificate {
  /** Leaf, followed by the CA's chain. */
  readonly certificate: string;
  /** PKCS #8. */
  readonly privateKey: string;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly alternativeNames: JsonGeneralNames;
  readonly usage: "server" | "client";
  /** Milliseconds since the epoch. No certificate outlives its CA, whatever is asked for. */
  readonly notAfter: number;
}

/** How far the clock of a client may be behind. */
const skew = 60_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const extendedUsage = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth } as const;

/**
 * Issues a certificate for a new ECDSA P-256 key. Keys and signatures are made outside the event loop.
 *
 * @param now milliseconds since the epoch
 * @throws EDGE_IOTEDGED_CA_EXPIRED
 */
export async function issueCertificate(
  ca: WorkloadCa,
  request: CertificateRequest,
  now: number,
): Promise<IssuedCertificate> {
  if (ca.notAfter <= now) {
    throw iotedgedErrors.EDGE_IOTEDGED_CA_EXPIRED({ notAfter: new Date(ca.notAfter).toISOString() });
  }
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const notBefore = Math.max(now - skew, ca.notBefore);
  const notAfter = wholeSeconds(Math.min(request.notAfter, ca.notAfter));
  const leaf = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: new Name([{ CN: [{ utf8String: request.commonName }] }]),
    issuer: ca.certificate.subjectName,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    publicKey: keys.publicKey,
    signingKey: ca.signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([extendedUsage[request.usage]]),
      new SubjectAlternativeNameExtension(request.alternativeNames),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...authorityKeyIdentifier(ca),
    ],
  });
  const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: `${leaf.toString("pem")}\n${ca.chain}`,
    privateKey: `${PemConverter.encode(privateKey, "PRIVATE KEY")}\n`,
    notBefore,
    notAfter,
  };
}

/** Taken from the CA's certificate as it is: there is more than one way to compute it. */
function authorityKeyIdentifier(ca: WorkloadCa): AuthorityKeyIdentifierExtension[] {
  const keyId = ca.certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  return keyId === undefined ? [] : [new AuthorityKeyIdentifierExtension(keyId)];
}

/** 16 random bytes whose first is neither 0 nor negative in DER. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** X.509 has no fractions of a second. */
function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000) * 1000;
}
