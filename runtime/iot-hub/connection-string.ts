import { type DeviceKey, parseDeviceKey, type Unusable } from "./device-credential.ts";
import { type DevicePlace, isDeviceId, isHubHostname } from "./device-place.ts";

/** Who a device is, and what it proves that by. */
export interface DeviceConnection extends DevicePlace {
  readonly credential: DeviceKey;
}

const maxLength = 4096;
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
export function parseConnectionString(text: string): DeviceConnection | Unusable {
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
  const [hubHostname = "", deviceId = "", key = ""] = ["HostName", "DeviceId", "SharedAccessKey"].map((name) =>
    parts.get(name),
  );
  if (!isHubHostname(hubHostname)) return { reason: "HostName is no host name" };
  if (!isDeviceId(deviceId)) return { reason: "DeviceId is none of IoT Hub" };
  const credential = parseDeviceKey(key, "SharedAccessKey");
  return "reason" in credential ? credential : { hubHostname, deviceId, credential };
}
