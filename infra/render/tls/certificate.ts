import "reflect-metadata";
import { createHash, createPublicKey, type KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { TlsEnvironment } from "./environment.ts";
import { InvalidTlsInput, type TlsInputs } from "./inputs.ts";
import { algorithmName, type Computed, parsePrivateKey } from "./private-key.ts";
import { readSubject } from "./subject.ts";
import { usageExtensions } from "./usages.ts";

type CryptoKey = webcrypto.CryptoKey;

const hour = 3_600_000;

/** Outputs of `tls:index/selfSignedCert:SelfSignedCert`. */
export async function computeSelfSignedCert(inputs: TlsInputs, environment: TlsEnvironment): Promise<Computed> {
  inputs.refuse("privateKeyPemWo", "privateKeyPemWoVersion");
  const key = parsePrivateKey(inputs.text("privateKeyPem"), "privateKeyPem");
  const subject = new x509.Name(readSubject(inputs.map("subject")));
  const certificate = await issue(inputs, environment, {
    subject,
    issuer: subject,
    names: alternativeNames(inputs),
    publicKey: await importPublicKey(key),
    signingKey: key,
    authorityKeyId: inputs.flag("setAuthorityKeyId") ? await keyIdOf(key) : undefined,
  });
  return { ...certificate, outputs: { ...certificate.outputs, keyAlgorithm: algorithmName(key) } };
}

/** Outputs of `tls:index/certRequest:CertRequest`. */
export async function computeCertRequest(inputs: TlsInputs): Promise<Computed> {
  inputs.refuse("privateKeyPemWo", "privateKeyPemWoVersion");
  const key = parsePrivateKey(inputs.text("privateKeyPem"), "privateKeyPem");
  const names = alternativeNames(inputs);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: new x509.Name(readSubject(inputs.map("subject"))),
    keys: { privateKey: await importPrivateKey(key), publicKey: await importPublicKey(key) },
    signingAlgorithm: signingAlgorithm(key),
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : [],
  });
  return {
    id: createHash("sha1").update(new Uint8Array(request.rawData)).digest("hex"),
    outputs: { certRequestPem: `${request.toString("pem")}\n`, keyAlgorithm: algorithmName(key) },
  };
}

/** Outputs of `tls:index/locallySignedCert:LocallySignedCert`. */
export async function computeLocallySignedCert(inputs: TlsInputs, environment: TlsEnvironment): Promise<Computed> {
  inputs.refuse("caPrivateKeyPemWo", "caPrivateKeyPemWoVersion");
  const caKey = parsePrivateKey(inputs.text("caPrivateKeyPem"), "caPrivateKeyPem");
  const ca = parsePem(() => new x509.X509Certificate(inputs.text("caCertPem")), "caCertPem is no certificate in PEM");
  const request = parsePem(
    () => new x509.Pkcs10CertificateRequest(inputs.text("certRequestPem")),
    "certRequestPem is no certificate request in PEM",
  );
  if (!(await request.verify())) throw new InvalidTlsInput("certRequestPem is not signed by its own key");
  if (!publicKeyInfo(caKey).equals(Buffer.from(ca.publicKey.rawData))) {
    throw new InvalidTlsInput("caPrivateKeyPem is not the key of caCertPem");
  }
  const caKeyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const requested = request.extensions.find((item) => item instanceof x509.SubjectAlternativeNameExtension);
  const certificate = await issue(inputs, environment, {
    subject: request.subjectName,
    issuer: ca.subjectName,
    names: requested?.names.items ?? [],
    publicKey: await request.publicKey.export(),
    signingKey: caKey,
    authorityKeyId: caKeyId,
  });
  return { ...certificate, outputs: { ...certificate.outputs, caKeyAlgorithm: algorithmName(caKey) } };
}

interface Template {
  readonly subject: x509.Name;
  readonly issuer: x509.Name;
  readonly names: readonly x509.GeneralName[] | readonly x509.JsonGeneralName[];
  readonly publicKey: CryptoKey;
  readonly signingKey: KeyObject;
  readonly authorityKeyId: string | undefined;
}

async function issue(inputs: TlsInputs, environment: TlsEnvironment, template: Template): Promise<Computed> {
  const isCa = inputs.flag("isCaCertificate");
  const hasSubject = template.subject.toString() !== "";
  if (isCa && !hasSubject) throw new InvalidTlsInput("subject is required where isCaCertificate is true");
  const start = new Date(Math.floor(environment.now() / 1000) * 1000);
  const end = new Date(start.getTime() + inputs.count("validityPeriodHours", 0) * hour);
  const serial = serialNumber(environment);
  const extensions: x509.Extension[] = [
    ...usageExtensions(inputs.texts("allowedUses")),
    new x509.BasicConstraintsExtension(isCa, isCa ? inputs.optionalCount("maxPathLength", 0) : undefined, true),
  ];
  if (isCa || inputs.flag("setSubjectKeyId")) {
    extensions.push(await x509.SubjectKeyIdentifierExtension.create(template.publicKey));
  }
  if (template.authorityKeyId !== undefined) {
    extensions.push(new x509.AuthorityKeyIdentifierExtension(template.authorityKeyId));
  }
  if (template.names.length > 0) {
    extensions.push(
      new x509.SubjectAlternativeNameExtension([...template.names] as x509.JsonGeneralNames, !hasSubject),
    );
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: template.subject,
    issuer: template.issuer,
    notBefore: start,
    notAfter: end,
    publicKey: template.publicKey,
    signingKey: await importPrivateKey(template.signingKey),
    signingAlgorithm: signingAlgorithm(template.signingKey),
    extensions,
  });
  return {
    id: BigInt(`0x${serial}`).toString(),
    outputs: {
      certPem: `${certificate.toString("pem")}\n`,
      validityStartTime: timestamp(start),
      validityEndTime: timestamp(end),
      readyForRenewal: false,
    },
  };
}

function alternativeNames(inputs: TlsInputs): readonly x509.JsonGeneralName[] {
  return [
    ...inputs.texts("dnsNames").map((value) => ({ type: "dns" as const, value })),
    ...inputs.addresses("ipAddresses").map((value) => ({ type: "ip" as const, value })),
    ...inputs.texts("uris").map((value) => ({ type: "url" as const, value })),
  ];
}

/** 127 random bits in hex: positive in DER, and never zero. */
function serialNumber(environment: TlsEnvironment): string {
  const bytes = Buffer.from(environment.random(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString("hex");
}

function timestamp(date: Date): string {
  return date.toISOString().replace(".000Z", "Z");
}

function publicKeyInfo(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

async function keyIdOf(key: KeyObject): Promise<string> {
  return (await x509.SubjectKeyIdentifierExtension.create(await importPublicKey(key))).keyId;
}

function importPrivateKey(key: KeyObject): Promise<CryptoKey> {
  const der = key.export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, keyAlgorithm(key), false, ["sign"]);
}

function importPublicKey(key: KeyObject): Promise<CryptoKey> {
  return webcrypto.subtle.importKey("spki", publicKeyInfo(key), keyAlgorithm(key), true, ["verify"]);
}

const curves: Readonly<Record<string, { readonly name: string; readonly hash: string }>> = {
  prime256v1: { name: "P-256", hash: "SHA-256" },
  secp384r1: { name: "P-384", hash: "SHA-384" },
  secp521r1: { name: "P-521", hash: "SHA-512" },
};

function curveOf(key: KeyObject) {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (curve === undefined)
    throw new InvalidTlsInput("certificates need a key of curve P256, P384 or P521, RSA or ED25519");
  return curve;
}

function keyAlgorithm(key: KeyObject) {
  switch (algorithmName(key)) {
    case "RSA":
      return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    case "ECDSA":
      return { name: "ECDSA", namedCurve: curveOf(key).name };
    case "ED25519":
      return { name: "Ed25519" };
  }
}

function signingAlgorithm(key: KeyObject) {
  switch (algorithmName(key)) {
    case "RSA":
      return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    case "ECDSA":
      return { name: "ECDSA", hash: curveOf(key).hash };
    case "ED25519":
      return { name: "Ed25519" };
  }
}

function parsePem<T>(parse: () => T, problem: string): T {
  try {
    return parse();
  } catch {
    throw new InvalidTlsInput(problem);
  }
}
