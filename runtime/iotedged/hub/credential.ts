import { join } from "node:path";
import type { Clock, EdgeError } from "#base";
import { dataKeys, type IotedgedSettings, mountPaths } from "#contract";
import {
  type DeviceCredential,
  hubErrors,
  parseConnectionString,
  parseDeviceCertificate,
  parseDeviceKey,
} from "#iot-hub";
import { type Logger, readBounded, type Watched, watchFiles } from "#shared";

/** What the device proves itself by, as the mounted Secret has it. */
export interface HubCredential {
  /** The device's credentials, that which counts first. The last good ones where the present content is none. */
  readonly credentials: readonly DeviceCredential[];
  /** Why the present content cannot be used. */
  readonly problem: EdgeError | undefined;
}

/** What of the settings says which credential it has to be, and whose. */
export type CredentialSettings = Pick<IotedgedSettings, "hubHostname" | "deviceId" | "provisioning">;

/**
 * Follows the files of the Secret. What cannot be used is told, and keeps nothing from starting: modules need iotedged,
 * whatever the hub says.
 *
 * @param options.root before every path; empty but in tests
 */
export function followCredential(options: {
  readonly root: string;
  readonly settings: CredentialSettings;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Watched<HubCredential>> {
  const { root, settings, clock, log } = options;
  let good: readonly DeviceCredential[] = [];
  const load = (texts: readonly string[]): HubCredential => {
    const read = readCredential(texts, settings);
    if (read.problem === undefined) good = read.credentials;
    else log.error({ error: read.problem }, "the device's credential cannot be used, the last good one stays in force");
    return { credentials: good, problem: read.problem };
  };
  return watchFiles({
    paths: keysOf(settings).map((key) => join(root, mountPaths.provisioning, key)),
    load,
    clock,
    read: (path) => readBounded(path).catch(() => ""),
  });
}

const connectionStrings = [dataKeys.connectionString, dataKeys.secondaryConnectionString] as const;
const symmetricKeys = [dataKeys.symmetricKey, dataKeys.secondarySymmetricKey] as const;
const certificateKeys = [dataKeys.certificate, dataKeys.privateKey] as const;

function keysOf({ provisioning }: CredentialSettings): readonly string[] {
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
  for (const [index, key] of keysOf(settings).entries()) {
    const text = texts[index] ?? "";
    if (index > 0 && text.trim() === "") continue;
    const read =
      settings.provisioning?.source === "dps" ? parseDeviceKey(text, "it") : ownConnection(text, key, settings);
    if ("code" in read) return { credentials: [], problem: read };
    if ("reason" in read) return { credentials: [], problem: hubErrors.EDGE_HUB_CREDENTIAL({ key, ...read }) };
    credentials.push(read);
  }
  return { credentials, problem: undefined };
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
