import { createPrivateKey, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import { iotedgedErrors } from "../errors.ts";
import { keyLabels } from "./key-labels.ts";

/** The secrets that an installation's identity Secret stands for. */
export interface InstallationKeys {
  /** Key of `sign`: what a device's SharedAccessKey is to IoT Hub. */
  readonly rootKey: KeyObject;
  /** What modules' keys of `encrypt` and `decrypt` are derived from. */
  readonly encryptionKey: KeyObject;
  /** Key of all ciphertexts of the first form. */
  readonly oldEncryptionKey: KeyObject;
}

const keyBytes = 32;

/**
 * Derives the keys from a P-256 private key by HKDF-SHA256, so that the Secret holds one key that Pulumi can make.
 *
 * @param pem PKCS #8
 * @throws EDGE_IOTEDGED_IDENTITY_INVALID
 */
export function deriveInstallationKeys(pem: string): InstallationKeys {
  const scalar = privateScalar(pem);
  const derive = (label: string) => createSecretKey(Buffer.from(hkdfSync("sha256", scalar, "", label, keyBytes)));
  return {
    rootKey: derive(keyLabels.root),
    encryptionKey: derive(keyLabels.encryption),
    oldEncryptionKey: derive(keyLabels.oldEncryption),
  };
}

function privateScalar(pem: string): Buffer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw iotedgedErrors.EDGE_IOTEDGED_IDENTITY_INVALID({ reason: "it is no PEM private key" });
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const { d } = key.asymmetricKeyType === "ec" ? key.export({ format: "jwk" }) : {};
  if (curve !== "prime256v1" || d === undefined) {
    throw iotedgedErrors.EDGE_IOTEDGED_IDENTITY_INVALID({ reason: "it is no ECDSA P-256 key" });
  }
  return Buffer.from(d, "base64url");
}
