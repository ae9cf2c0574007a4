import type { EdgeError } from "#base";
import { dataKeys, type IotedgedSettings } from "#contract";
import { parseConnectionString } from "./connection-string.ts";
import { type DeviceCredential, parseDeviceCertificate, parseDeviceKey } from "./device-credential.ts";
import { hubErrors } from "./errors.ts";

/** What the device proves itself by, as the mounted Secret has it. */
export interface HubCredential {
  /** The device's credentials, that which counts first. The last good ones where the present content is none. */
  readonly credentials: readonly DeviceCredential[];
  /** Why the present content cannot be used. */
  readonly problem: EdgeError | undefined;
}

/** What of the settings says which credential it has to be, and whose. */
export type CredentialSettings = Pick<IotedgedSettings, "hubHostname" | "deviceId" | "provisioning">;

const connectionStrings = [dataKeys.connectionString, dataKeys.secondaryConnectionString] as const;
const symmetricKeys = [dataKeys.symmetricKey, dataKeys.secondarySymmetricKey] as const;
const certificateKeys = [dataKeys.certificate, dataKeys.privateKey] as const;

/** Keys of the Secret by which the device proves itself, in the order in which they are read. */
export function credentialKeys({ provisioning }: CredentialSettings): readonly string[] {
  if (provisioning?.method === "x509") return certificateKeys;
  return provisioning?.source === "dps" ? symmetricKeys : connectionStrings;
}

/**
 * The second may be left out; the first one is needed, and both have to be of this device.
 *
 * @param texts in the order of the Secret's keys
 */
export function readCredential(texts: readonly string[], settings: CredentialSettings): HubCredential {
  if (settings.provisioning?.method === "x509") return certificateOf(texts);
  const credentials: DeviceCredential[] = [];
  for (const [index, key] of credentialKeys(settings).entries()) {
    const text = texts[index] ?? "";
    if (index > 0 && text.trim() === "") continue;
    const read = readOne(text, key, settings);
    if ("code" in read) return { credentials: [], problem: read };
    if ("reason" in read) return { credentials: [], problem: hubErrors.EDGE_HUB_CREDENTIAL({ key, ...read }) };
    credentials.push(read);
  }
  return { credentials, problem: undefined };
}

function readOne(text: string, key: string, settings: CredentialSettings) {
  // A key of another name is found by nobody, and looks like an empty one.
  if (text.trim() === "") return { reason: "it is missing, or empty" };
  return settings.provisioning?.source === "dps" ? parseDeviceKey(text, "it") : ownConnection(text, key, settings);
}

function certificateOf([certificate = "", privateKey = ""]: readonly string[]): HubCredential {
  const read = parseDeviceCertificate(certificate, privateKey);
  if (!("reason" in read)) return { credentials: [read], problem: undefined };
  const key = certificateKeys.join("`, `");
  return { credentials: [], problem: hubErrors.EDGE_HUB_CREDENTIAL({ key, ...read }) };
}

/**
 * What a refusal comes from that a look at the credential explains.
 *
 * @param now milliseconds since the epoch
 */
export function certificateProblem([first]: readonly DeviceCredential[], now: number): EdgeError | undefined {
  if (first?.type !== "certificate" || now < first.notAfter) return undefined;
  return hubErrors.EDGE_HUB_CERTIFICATE_ENDED({ time: new Date(first.notAfter).toISOString() });
}

/** A connection string names the device that it is of. */
function ownConnection(text: string, key: string, settings: CredentialSettings) {
  const { hubHostname: ownHub = "", deviceId: ownDevice = "" } = settings;
  const read = parseConnectionString(text);
  if ("reason" in read) return read;
  const { hubHostname: hub, deviceId: device, credential } = read;
  if (hub.toLowerCase() === ownHub.toLowerCase() && device === ownDevice) return credential;
  return hubErrors.EDGE_HUB_OTHER_DEVICE({ key, hub, device, ownHub, ownDevice });
}
