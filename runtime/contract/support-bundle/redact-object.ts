import { annotations } from "../labels.ts";
import { objectNames } from "../names.ts";
import { scrubText } from "./scrub-text.ts";

type Json = unknown;

const redacted = "[redacted]";
/** Fields of a container whose values modules' owners write as they like. */
const lists: ReadonlySet<string> = new Set(["args", "command"]);
/** Fields that hold pairs of name and value. */
const pairs: ReadonlySet<string> = new Set(["env", "httpHeaders", "sysctls"]);
const knownAnnotations: ReadonlySet<string> = new Set([
  ...Object.values(annotations),
  "deployment.kubernetes.io/revision",
]);
/** ConfigMaps of the installation in which nothing is secret. */
const knownConfigMaps: ReadonlySet<string> = new Set([
  objectNames.iotedgedConfig,
  objectNames.agentConfig,
  objectNames.trustBundle,
  objectNames.status,
]);

/**
 * An object with its shape, but without what may be secret: values of environment variables, headers and unknown
 * annotations, commands, and the content of ConfigMaps that are not the installation's own. Names stay.
 */
export function redactObject(object: Json): Json {
  return redact(object, "");
}

function redact(value: Json, key: string): Json {
  if (typeof value === "string") return scrubText(value);
  if (Array.isArray(value)) return redactList(value, key);
  if (!isRecord(value)) return value;
  if (key === "annotations") return redactAnnotations(value);
  const entries = Object.entries(value).filter(([name]) => name !== "managedFields");
  return Object.fromEntries(entries.map(([name, item]) => [name, redactField(value, name, item)]));
}

function redactField(parent: Record<string, Json>, name: string, item: Json): Json {
  const isContent = (name === "data" || name === "binaryData") && isRecord(item);
  if (isContent && !isKnownConfigMap(parent)) return sizesOf(item);
  return redact(item, name);
}

function redactList(list: readonly Json[], key: string): Json {
  if (lists.has(key)) return list.length === 0 ? [] : [redacted];
  if (!pairs.has(key)) return list.map((item) => redact(item, ""));
  return list.map((item) => (isRecord(item) && "value" in item ? { ...item, value: redacted } : redact(item, "")));
}

function redactAnnotations(notes: Record<string, Json>): Json {
  return Object.fromEntries(
    Object.entries(notes).map(([name, value]) => [name, knownAnnotations.has(name) ? value : redacted]),
  );
}

function isKnownConfigMap({ metadata }: Record<string, Json>): boolean {
  return isRecord(metadata) && knownConfigMaps.has(String(metadata.name));
}

function sizesOf(data: Record<string, Json>): Json {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, `[${Buffer.byteLength(String(value))} bytes]`]),
  );
}

function isRecord(value: Json): value is Record<string, Json> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
