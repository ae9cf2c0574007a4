import { createPrivateKey, createSecretKey, type KeyObject, X509Certificate } from "node:crypto";

/** A key by which a device signs tokens. */
export interface DeviceKey {
  readonly type: "key";
  readonly key: KeyObject;
}

/** A certificate that a device shows when it connects by TLS. */
export interface DeviceCertificate {
  readonly type: "certificate";
  /** PEM: the device's, and those of CAs between it and the one that the other side knows. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** When the device's ends, in milliseconds since the epoch. */
  readonly notAfter: number;
}

/** What a device proves itself by, to its hub and to the provisioning service. */
export type DeviceCredential = DeviceKey | DeviceCertificate;

/** Why a text is no credential, in words without anything of it. */
export interface Unusable {
  readonly reason: string;
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Bytes that a key of IoT Hub may have. */
const keyBytes = { least: 16, most: 64 };
const mostKeyText = 256;
const mostPem = 64 * 1024;

/**
 * Reads a symmetric key in base64, as IoT Hub and the provisioning service show it.
 *
 * @param name of what holds it, for the reason
 */
export function parseDeviceKey(text: string, name: string): DeviceKey | Unusable {
  const trimmed = text.trim();
  if (trimmed === "") return { reason: `${name} is empty` };
  const isKey = trimmed.length <= mostKeyText && base64.test(trimmed);
  const secret = isKey ? Buffer.from(trimmed, "base64") : Buffer.alloc(0);
  if (secret.length < keyBytes.least || secret.length > keyBytes.most)
    return { reason: `${name} is no base64 of ${keyBytes.least} to ${keyBytes.most} bytes` };
  return { type: "key", key: createSecretKey(secret) };
}

/** Reads a device's certificate and its key. One that has ended is read as well: whoever it is shown to refuses it. */
export function parseDeviceCertificate(certificate: string, privateKey: string): DeviceCertificate | Unusable {
  if (certificate.trim() === "") return { reason: "there is no certificate" };
  if (privateKey.trim() === "") return { reason: "there is no key of the certificate" };
  if (certificate.length > mostPem || privateKey.length > mostPem)
    return { reason: `it is longer than ${mostPem} characters` };
  const leaf = attempt(() => new X509Certificate(certificate));
  if (leaf === undefined) return { reason: "the certificate is none, in PEM" };
  const key = attempt(() => createPrivateKey(privateKey));
  if (key === undefined) return { reason: "the key is none in PEM without a password" };
  if (!leaf.checkPrivateKey(key)) return { reason: "the key is not the certificate's" };
  return { type: "certificate", certificate, privateKey, notAfter: leaf.validToDate.getTime() };
}

/** What OpenSSL says of a text that it cannot read may have some of it. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
