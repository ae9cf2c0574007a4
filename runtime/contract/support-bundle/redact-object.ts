import { annotations } from "../labels.ts";
import { objectNames } from "../names.ts";
import { isSecretName, looksRandom, type Scrubber } from "../redaction/index.ts";

type Json = unknown;

const redacted = "[redacted]";
/** Fields of a container whose values modules' owners write as they like. */
const lists: ReadonlySet<string> = new Set(["args", "command"]);
/** Fields that hold pairs of name and value. */
const pairs: ReadonlySet<string> = new Set(["env", "httpHeaders", "sysctls"]);
/** Fields whose members mean what a driver says: of CSI, of flexVolume, of a StorageClass. */
const driversOwn: ReadonlySet<string> = new Set(["volumeAttributes", "options", "parameters", "attributes"]);
/** What the installation's own annotations look like, so that nobody hides something else below their names. */
const knownAnnotations: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(Object.values(annotations).map((name) => [name, /^[0-9a-f]{0,64}$/])),
  [annotations.moduleId]: /^[^\n]{0,128}$/,
  "deployment.kubernetes.io/revision": /^\d{0,20}$/,
};
/** ConfigMaps of the installation in which nothing is secret. */
const knownConfigMaps: ReadonlySet<string> = new Set([
  objectNames.iotedgedConfig,
  objectNames.agentConfig,
  objectNames.trustBundle,
  objectNames.status,
]);

/**
 * Takes out of an object what may be secret, and leaves its shape: values of environment variables, headers and unknown
 * annotations, of what drivers are told, and of members with names such as `password`; commands; the content of
 * ConfigMaps that are not the installation's own; and what is known as a secret by its form. Names stay.
 *
 * @param scrub for texts of any other kind
 */
export function redactObject(object: Json, scrub: Scrubber["text"]): Json {
  function redact(value: Json, key: string): Json {
    if (typeof value === "string") return isSecretMember(key, value) ? redacted : scrub(value);
    if (Array.isArray(value)) return redactList(value, key);
    if (!isRecord(value)) return isSecretName(key) && typeof value === "number" ? redacted : value;
    if (key === "annotations") return redactAnnotations(value);
    if (driversOwn.has(key)) return mapValues(value, () => redacted);
    const members = Object.entries(value).filter(([name]) => name !== "managedFields");
    return Object.fromEntries(members.map(([name, item]) => [name, redactField(value, name, item)]));
  }

  function redactField(parent: Record<string, Json>, name: string, item: Json): Json {
    const isContent = (name === "data" || name === "binaryData" || name === "stringData") && isRecord(item);
    if (isContent && !isKnownConfigMap(parent)) return sizesOf(item);
    const isNamed = name === "value" && typeof parent.name === "string" && isSecretName(parent.name);
    return isNamed && typeof item === "string" ? redacted : redact(item, name);
  }

  function redactList(list: readonly Json[], key: string): Json {
    if (lists.has(key)) return list.length === 0 ? [] : [redacted];
    if (!pairs.has(key)) return list.map((item) => redact(item, isRecord(item) ? "" : key));
    return list.map((item) => (isRecord(item) && "value" in item ? { ...item, value: redacted } : redact(item, "")));
  }

  return redact(object, "");
}

function isSecretMember(name: string, value: string): boolean {
  return value !== "" && (isSecretName(name) || (/key$/i.test(name) && looksRandom(value)));
}

function redactAnnotations(notes: Record<string, Json>): Json {
  return Object.fromEntries(
    Object.entries(notes).map(([name, value]) => [
      name,
      knownAnnotations[name]?.test(String(value)) ? value : redacted,
    ]),
  );
}

function isKnownConfigMap({ metadata }: Record<string, Json>): boolean {
  return isRecord(metadata) && knownConfigMaps.has(String(metadata.name));
}

function sizesOf(data: Record<string, Json>): Json {
  return mapValues(data, (value) => `[${Buffer.byteLength(String(value))} bytes]`);
}

function mapValues(record: Record<string, Json>, written: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, written(value)]));
}

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
