import { createSecretKey, type KeyObject } from "node:crypto";

/** Who a device is, and what it proves that by. */
export interface DeviceCredential {
  readonly hubHostname: string;
  readonly deviceId: string;
  readonly key: KeyObject;
}

const maxLength = 4096;
const hostName = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const deviceId = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/;
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Bytes that a key of IoT Hub may have. */
const keyBytes = { least: 16, most: 64 };
/** What others' connection strings have. */
const foreign: readonly (readonly [string, string])[] = [
  ["SharedAccessKeyName", "it is a policy's of the hub"],
  ["ModuleId", "it is a module's"],
  ["x509", "it is of a device with a certificate"],
  ["GatewayHostName", "it leads to a gateway"],
  ["SharedAccessSignature", "it has a token in place of a key"],
];

/**
 * Reads a device's connection string: `HostName=...;DeviceId=...;SharedAccessKey=...`, in any order.
 *
 * @returns why it is none, in words without anything of its key
 */
export function parseConnectionString(text: string): DeviceCredential | { readonly reason: string } {
  const trimmed = text.trim();
  if (trimmed === "") return { reason: "it is empty" };
  if (trimmed.length > maxLength) return { reason: `it is longer than ${maxLength} characters` };
  const parts = new Map<string, string>();
  for (const part of trimmed.split(";").filter((one) => one !== "")) {
    const end = part.indexOf("=");
    if (end < 1) return { reason: "a part of it is not NAME=VALUE" };
    const name = part.slice(0, end);
    if (parts.has(name)) return { reason: "a part of it stands there twice" };
    parts.set(name, part.slice(end + 1));
  }
  for (const [name, why] of foreign) if (parts.has(name)) return { reason: why };
  const [host, device, key] = ["HostName", "DeviceId", "SharedAccessKey"].map((name) => parts.get(name) ?? "");
  if (host === undefined || host.length > 253 || !hostName.test(host)) return { reason: "HostName is no host name" };
  if (device === undefined || !deviceId.test(device)) return { reason: "DeviceId is none of IoT Hub" };
  const secret = key !== undefined && base64.test(key) ? Buffer.from(key, "base64") : Buffer.alloc(0);
  if (secret.length < keyBytes.least || secret.length > keyBytes.most)
    return { reason: `SharedAccessKey is no base64 of ${keyBytes.least} to ${keyBytes.most} bytes` };
  return { hubHostname: host, deviceId: device, key: createSecretKey(secret) };
}
