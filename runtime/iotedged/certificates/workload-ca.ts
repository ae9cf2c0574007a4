import { createPrivateKey, type KeyObject, X509Certificate as NodeCertificate, type webcrypto } from "node:crypto";
import { iotedgedErrors } from "../errors.ts";
import { certificateBlocks } from "./pem.ts";
import { X509Certificate } from "./x509.ts";

/** The CA that issues iotedged's and the modules' certificates. */
export interface WorkloadCa {
  readonly certificate: X509Certificate;
  /** PEM of the CA's certificate and of those above it, as it follows every leaf. */
  readonly chain: string;
  readonly signingKey: webcrypto.CryptoKey;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Makes a CA of the files of its Secret.
 *
 * @param chain PEM, the CA's own certificate first
 * @param key PEM of its ECDSA P-256 key
 * @throws EDGE_IOTEDGED_CA_INVALID when they are not a CA, or do not belong together
 */
export async function loadWorkloadCa(chain: string, key: string): Promise<WorkloadCa> {
  const [parsed] = certificateBlocks(chain).map(parseCertificate);
  if (parsed === undefined) throw invalid("tls.crt has no certificate");
  const privateKey = readKey(key);
  if (!parsed.ca) throw invalid("its certificate is not one of a CA");
  if (!parsed.checkPrivateKey(privateKey)) throw invalid("its certificate does not fit its key");
  const certificate = new X509Certificate(parsed.raw);
  return {
    certificate,
    chain: chain.endsWith("\n") ? chain : `${chain}\n`,
    signingKey: await importSigningKey(privateKey),
    notBefore: certificate.notBefore.getTime(),
    notAfter: certificate.notAfter.getTime(),
  };
}

function parseCertificate(pem: string): NodeCertificate {
  try {
    return new NodeCertificate(pem);
  } catch (error) {
    throw iotedgedErrors.EDGE_IOTEDGED_CA_INVALID({ reason: "tls.crt cannot be read" }, { cause: error });
  }
}

function readKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw invalid("tls.key is no PEM private key");
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw invalid("tls.key is no ECDSA P-256 key");
  return key;
}

function importSigningKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const der = key.export({ format: "der", type: "pkcs8" });
  return crypto.subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
}

function invalid(reason: string): Error {
  return iotedgedErrors.EDGE_IOTEDGED_CA_INVALID({ reason });
}
