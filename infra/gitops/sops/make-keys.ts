import { generateKeyPairSync, randomBytes, webcrypto } from "node:crypto";
import { dataKeys } from "#contract";
import type { KeySecret } from "./key-secrets.ts";

const day = 86_400_000;
/** Clocks of nodes may be behind. */
const leeway = 3_600_000;

/** Where the certificate of a CA can be read, though its Secret is encrypted. */
export const certificateAnnotation = "iotedge.dev/ca-certificate";

/** A Secret with a new key, not encrypted yet. */
export async function makeKeySecret({ namespace, name, of, days }: KeySecret, now: number): Promise<object> {
  const annotations = {
    // What is in it cannot be made again: whoever takes it out of the folder deletes it in the cluster by hand.
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "argocd.argoproj.io/sync-options": "Prune=false",
  };
  const secret = { apiVersion: "v1", kind: "Secret" };
  if (of === "identity") {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    const stringData = { [dataKeys.identityKey]: key };
    return { ...secret, metadata: { name, namespace, annotations }, type: "Opaque", stringData };
  }
  const { certificate, key } = await makeCa(`${namespace} workload CA`, days, now);
  return {
    ...secret,
    metadata: { name, namespace, annotations: { ...annotations, [certificateAnnotation]: certificate } },
    type: "kubernetes.io/tls",
    stringData: { [dataKeys.certificate]: certificate, [dataKeys.privateKey]: key },
  };
}

/** A CA that is its own root: a key above it would have to be kept by somebody. */
async function makeCa(name: string, days: number, now: number) {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive, and of 20 bytes, as RFC 5280 has it.
    serialNumber: `40${randomBytes(19).toString("hex")}`,
    name: `CN=${name},O=IoT Edge`,
    notBefore: new Date(now - leeway),
    notAfter: new Date(now + days * day),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(key, "PRIVATE KEY")}\n`,
  };
}
