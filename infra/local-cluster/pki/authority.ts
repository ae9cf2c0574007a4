import "reflect-metadata";
import { KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hour = 3_600_000;
/** A cluster is thrown away long before; its certificates are never renewed. */
const validity = 365 * 24 * hour;
/** Certificates are valid a little before they are made: the machine's clock may be set back. */
const backdate = hour;

type CryptoKeyPair = webcrypto.CryptoKeyPair;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** Whom a certificate is for. */
export interface Subject {
  readonly commonName: string;
  /** To Kubernetes, the organization of a client certificate is the user's group. */
  readonly organization?: string;
  /** Addresses and names that a server answers under. Without any, the certificate is for a client alone. */
  readonly names?: readonly x509.JsonGeneralName[];
}

/** A certificate authority of one cluster. */
export interface Authority extends KeyPair {
  issue(subject: Subject): Promise<KeyPair>;
}

/** Makes a certificate authority (ECDSA P-256). */
export async function createAuthority(commonName: string, now: Date): Promise<Authority> {
  const keys = await generateKeys();
  const subject = new x509.Name([{ CN: [commonName] }]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...period(now),
    name: subject,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { ...pem(certificate, keys), issue: (leaf) => issue(certificate, keys, leaf, now) };
}

/** Makes a bare key pair (ECDSA P-256, PEM). */
export async function createKeys(): Promise<{ publicKey: string; privateKey: string }> {
  const keys = await generateKeys();
  return { publicKey: exportKey(keys.publicKey, "spki"), privateKey: exportKey(keys.privateKey, "pkcs8") };
}

async function issue(ca: x509.X509Certificate, caKeys: CryptoKeyPair, subject: Subject, now: Date): Promise<KeyPair> {
  const keys = await generateKeys();
  const names = subject.names ?? [];
  const usages = [x509.ExtendedKeyUsage.clientAuth, ...(names.length > 0 ? [x509.ExtendedKeyUsage.serverAuth] : [])];
  const certificate = await x509.X509CertificateGenerator.create({
    ...period(now),
    subject: new x509.Name([
      ...(subject.organization === undefined ? [] : [{ O: [subject.organization] }]),
      { CN: [subject.commonName] },
    ]),
    issuer: ca.subjectName,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : []),
    ],
  });
  return pem(certificate, keys);
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

function period(now: Date) {
  return { notBefore: new Date(now.getTime() - backdate), notAfter: new Date(now.getTime() + validity) };
}

function pem(certificate: x509.X509Certificate, keys: CryptoKeyPair): KeyPair {
  return { certificate: `${certificate.toString("pem")}\n`, key: exportKey(keys.privateKey, "pkcs8") };
}

function exportKey(key: webcrypto.CryptoKey, type: "pkcs8" | "spki"): string {
  return KeyObject.from(key).export({ format: "pem", type }) as string;
}
