import { fileURLToPath } from "node:url";
import { isJsonObject, type Json, shellWord } from "#base";
import { type DevicePlace, isDeviceId, isHubHostname, parseConnectionString } from "#iot-hub";
import type { SourceDocument } from "./document.ts";

/** What a device proves itself by, and where in its files that is. */
export type DeviceProof =
  | { readonly kind: "connection string"; readonly path: Path; readonly value: string }
  | { readonly kind: "key"; readonly path: Path; readonly value: string }
  | { readonly kind: "key file"; readonly path: Path; readonly file: string }
  | { readonly kind: "certificate"; readonly path: Path; readonly certFile: string; readonly keyFile: string };

/** How a device comes to its hub, which it is said with `manual`, and asks the service for with `dps`. */
export type DeviceIdentity = { readonly proof: DeviceProof } & (
  | ({ readonly source: "manual" } & DevicePlace)
  | { readonly source: "dps" }
);

/** Why an installation cannot be connected as the device is. */
export interface Obstacle {
  readonly path: Path;
  readonly message: string;
  readonly fix: string;
}

type Path = readonly string[];

/** How the keys of `provisioning` are called in a format. */
export const keyNames = {
  toml: {
    connectionString: "connection_string",
    hub: "iothub_hostname",
    device: "device_id",
    idScope: "id_scope",
    sharedKey: "authentication.device_id_pk",
  },
  yaml: {
    connectionString: "device_connection_string",
    hub: "authentication.iothub_hostname",
    device: "authentication.device_id",
    idScope: "scope_id",
    sharedKey: "authentication.device_id_pk",
  },
} as const;

/** Where each source has what the device proves itself by. */
export const groups = { manual: "provisioning.authentication", dps: "provisioning.attestation" } as const;

const otherProof =
  "Give the device a symmetric key or a certificate of its own, and write it as docs/iot-hub.md#connect-an-installation says.";

/** Reads who the device is, with all that it proves that by, from the file alone. */
export function readDeviceIdentity(document: SourceDocument): DeviceIdentity | Obstacle {
  const read = (path: string) => at(document.values, path.split("."));
  const source = read("provisioning.source");
  if (source !== "manual" && source !== "dps") {
    const message = "provisioning.source is neither manual nor dps";
    return obstacle("provisioning.source", message, "Write the block as docs/iot-hub.md#connect-an-installation says.");
  }
  const names = keyNames[document.format];
  const group = groups[source];
  const text = read(`provisioning.${names.connectionString}`);
  if (source === "manual" && typeof text === "string")
    return ofConnectionString(`provisioning.${names.connectionString}`, text);
  const method = read(`${group}.method`);
  const proof =
    method === "x509"
      ? ofCertificate(group, read)
      : method === "tpm"
        ? obstacle(`${group}.method`, "the device's key is in a TPM, which it cannot leave", otherProof)
        : method === (source === "manual" ? "sas" : "symmetric_key")
          ? ofKey(source === "manual" ? `provisioning.${names.sharedKey}` : `${group}.symmetric_key`, read)
          : obstacle(`${group}.method`, "it says no method that is known: sas, symmetric_key or x509", otherProof);
  if ("message" in proof) return proof;
  if (source === "dps") return misplaced(registration(names.idScope), read) ?? { source, proof };
  const wrong = misplaced(place(names), read);
  const [hubHostname, deviceId] = [names.hub, names.device].map((name) => String(read(`provisioning.${name}`)));
  return wrong ?? { source, proof, hubHostname: hubHostname ?? "", deviceId: deviceId ?? "" };
}

/** Keys of `provisioning` that have to be there, and what each may be. */
type Needed = Readonly<Record<string, (text: string) => boolean>>;
const place = ({ hub, device }: { hub: string; device: string }): Needed => ({
  [hub]: isHubHostname,
  [device]: isDeviceId,
});
const registration = (idScope: string): Needed => ({
  [idScope]: (text) => /^[A-Za-z0-9]{1,64}$/.test(text),
  "attestation.registration_id": (text) => /^[a-z0-9]([a-z0-9\-._:]{0,126}[a-z0-9])?$/.test(text),
});

function misplaced(needed: Needed, read: Read): Obstacle | undefined {
  for (const [name, isUsable] of Object.entries(needed)) {
    const path = `provisioning.${name}`;
    const value = read(path);
    if (typeof value === "string" && isUsable(value)) continue;
    const what = value === undefined ? "is missing" : "is none that can be taken over";
    return obstacle(path, `${path} ${what}`, "Correct it in the file, and migrate that.");
  }
  return undefined;
}

function ofConnectionString(path: string, value: string): DeviceIdentity | Obstacle {
  const parsed = parseConnectionString(value);
  if (!("reason" in parsed)) {
    const { hubHostname, deviceId } = parsed;
    return {
      source: "manual",
      hubHostname,
      deviceId,
      proof: { kind: "connection string", path: path.split("."), value },
    };
  }
  return obstacle(path, `it is no device's connection string: ${parsed.reason}`, "Correct it in the file.");
}

type Read = (path: string) => Json | undefined;

function ofKey(path: string, read: Read): DeviceProof | Obstacle {
  const written = read(path);
  for (const [at, value] of [
    [path, written],
    [`${path}.value`, read(`${path}.value`)],
  ] as const) {
    if (typeof value === "string" && value !== "") return { kind: "key", path: at.split("."), value };
  }
  const file = fileOf(read(`${path}.uri`));
  if (file !== undefined) return { kind: "key file", path: [...path.split("."), "uri"], file };
  if (written === undefined) return obstacle(path, "the device's key is missing", "Write it into the file.");
  return obstacle(path, "the device's key is in no file, but in a module that it cannot leave", otherProof);
}

function ofCertificate(group: string, read: Read): DeviceProof | Obstacle {
  const [certPath, keyPath] = [`${group}.identity_cert`, `${group}.identity_pk`];
  if (isJsonObject(read(certPath))) {
    const fix =
      "Have cert-manager, or whoever makes certificates, write one into a Secret: docs/iot-hub.md#with-a-certificate.";
    return obstacle(certPath, "the device has its certificate issued, as by EST; iotedged does not", fix);
  }
  const [certFile, keyFile] = [fileOf(read(certPath)), fileOf(read(keyPath))];
  if (certFile === undefined) return obstacle(certPath, "the device's certificate is in no file", otherProof);
  if (keyFile === undefined) return obstacle(keyPath, "the certificate's key is in no file", otherProof);
  if (group.endsWith("attestation") && read(`${group}.registration_id`) === undefined) {
    const message = "the registration's id is the certificate's common name, which is not read";
    const command = `openssl x509 -noout -subject -in ${shellWord(certFile)}`;
    const fix = `Write it as registration_id of provisioning.attestation into the file, and migrate that; it is told by: ${command}`;
    return obstacle(certPath, message, fix);
  }
  return { kind: "certificate", path: keyPath.split("."), certFile, keyFile };
}

/** A file by its URI; by its path too, as IoT Edge 1.1 takes it, where nobody can take a key for one. */
function fileOf(value: Json | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  if (/^\/[a-z0-9._/-]+$/.test(value)) return value;
  const url = URL.parse(value);
  if (url?.protocol !== "file:" || url.host !== "") return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

const obstacle = (path: string, message: string, fix: string): Obstacle => ({ path: path.split("."), message, fix });

function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(
    (below, step) => (isJsonObject(below) && Object.hasOwn(below, step) ? (below[step] as Json) : undefined),
    value,
  );
}
