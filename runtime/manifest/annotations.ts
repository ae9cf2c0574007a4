import type { ModuleSettings } from "#contract";
import { ownObjectIn } from "./closed-objects.ts";
import { exceeds, limits } from "./limits.ts";
import { say } from "./message.ts";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { type Problems, plainText, shown } from "./problems.ts";

const maxNameLength = 63;
const maxPrefixLength = 253;

/**
 * What describes a module, asks for its numbers to be read, or says of which Compose file it was; keys without a domain are
 * open as well.
 */
export const freeAnnotations = [
  "org.opencontainers.image.",
  "org.label-schema.",
  "prometheus.io",
  "com.docker.compose.",
] as const;

/**
 * Closed whatever the policy: annotations by which the kubelet, container runtimes and network plug-ins are told to open a
 * pod, or which say who the module is: the owners' domains, and every domain below them.
 */
export const closedDomains = ["kubernetes.io", "k8s.io", "cncf.io", "containerd.io", "cri-o.io", "iotedge.dev"];
export const closedPrefixes = ["io.kubernetes", "io.containerd", "cri-o", "net.azure-devices.edge"];

const ownRemedy = "Remove it: whatever acts on the annotation would give that to the module.";

/** Reads Docker's `Labels` and `k8s-extensions.annotations` as annotations of the pod; the latter win. */
export function readAnnotations(
  sources: readonly (Field | undefined)[],
  settings: ModuleSettings,
  problems: Problems,
): Record<string, string> {
  const annotations = new Map<string, string>();
  for (const source of sources) {
    const reader = source && ObjectReader.open(source, problems);
    if (reader !== undefined && exceeds(limits.annotationBytes, reader.path, bytesOf(reader), problems)) continue;
    for (const [key, field] of reader?.entries() ?? []) {
      const value = textOf(field, problems);
      const name = annotationKey(key, field, settings, problems);
      if (value === undefined || name === undefined) continue;
      const own = ownObjectIn(`${key}\n${value}`, settings, problems.work);
      if (own === undefined) annotations.set(name, value);
      else problems.error(field.path, say`names ${shown(own)}, which belongs to the installation itself`, ownRemedy);
    }
  }
  const total = [...annotations].reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  const first = sources.find((source) => source !== undefined);
  if (first !== undefined) exceeds(limits.annotationBytes, first.path, total, problems);
  return Object.fromEntries(annotations);
}

/** Keys and texts together, before anything is looked for in them. */
function bytesOf(reader: ObjectReader): number {
  return reader.entries().reduce((sum, [key, { value }]) => sum + Buffer.byteLength(key + plainText(value)), 0);
}

/** The key in a spelling that Kubernetes takes; undefined, and reported, when there is none or it is not the module's. */
function annotationKey(key: string, field: Field, { policy }: ModuleSettings, problems: Problems): string | undefined {
  const name = sanitize(key);
  if (name === undefined) {
    problems.warn(
      field.path,
      say`${shown(key)} cannot be a key of an annotation and is left out`,
      "Use letters, digits, - _ .",
    );
    return undefined;
  }
  if (isClosed(name)) {
    problems.error(
      field.path,
      say`${shown(key)} speaks to the cluster, not of the module`,
      "Use a key without a domain.",
    );
    return undefined;
  }
  if (isOpen(name, policy.annotations ?? [])) return name;
  problems.forbid(
    field.path,
    say`${shown(key)} may speak to container runtimes, networks or injectors`,
    { field: "annotations", prefix: prefixOf(name) },
    "Use a key without a domain and without dots, or let the installation allow it by edgeAgent.policy.annotations.",
  );
  return undefined;
}

const plainWord = /^[A-Za-z0-9_-]+$/;

/** As {@link openAnnotation} says it to the API server. */
function isOpen(key: string, allowed: readonly string[]): boolean {
  if (plainWord.test(key)) return true;
  return [...freeAnnotations, ...allowed].some(
    (one) => key === one || key.startsWith(`${one}/`) || (/[./]$/.test(one) && key.startsWith(one)),
  );
}

/** The domain; of a key without one, as Docker's users write them, all but the last word. */
function prefixOf(key: string): string {
  const at = key.indexOf("/");
  return at > 0 ? key.slice(0, at) : key.slice(0, key.lastIndexOf(".") + 1);
}

/** A key that stays as it is: most do. */
const plainKey = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

function sanitize(key: string): string | undefined {
  if (plainKey.test(key)) return key;
  const at = key.indexOf("/");
  const name = key
    .slice(at + 1)
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, maxNameLength)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  if (name === "") return undefined;
  const prefix = key
    .slice(0, Math.max(at, 0))
    .toLowerCase()
    .split(".")
    .map((part) => part.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, ""))
    .filter((part) => part !== "")
    .join(".");
  if (prefix.length > maxPrefixLength) return undefined;
  return prefix === "" ? name : `${prefix}/${name}`;
}

function isClosed(key: string): boolean {
  const lower = key.toLowerCase();
  const domain = lower.slice(0, Math.max(lower.indexOf("/"), 0));
  return (
    (domain !== "" && closedDomains.some((closed) => domain === closed || domain.endsWith(`.${closed}`))) ||
    closedPrefixes.some((closed) => lower.startsWith(closed))
  );
}
