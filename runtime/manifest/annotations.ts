import type { ModuleSettings } from "#contract";
import { type Field, ObjectReader, textOf } from "./object-reader.ts";
import { ownObjectIn } from "./own-objects.ts";
import { type Problems, shown } from "./problems.ts";

/** Longest keys and values of one pod together; Kubernetes itself takes four times as many. */
const maxTotal = 64 * 1024;
const maxNameLength = 63;
const maxPrefixLength = 253;

/**
 * Annotations by which the kubelet, container runtimes and network plug-ins are told to open a pod, or which say who the
 * module is: the owners' domains, and every domain below them.
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
    for (const [key, field] of reader?.entries() ?? []) {
      const value = textOf(field, problems);
      const name = annotationKey(key, field, problems);
      if (value === undefined || name === undefined) continue;
      const own = ownObjectIn(key, settings) ?? ownObjectIn(value, settings);
      if (own === undefined) annotations.set(name, value);
      else problems.error(field.path, `names ${shown(own)}, which belongs to the installation itself`, ownRemedy);
    }
  }
  const total = [...annotations].reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  const first = sources.find((source) => source !== undefined);
  if (total > maxTotal && first !== undefined) {
    problems.error(first.path, `has ${total} bytes of annotations`, `Keep them below ${maxTotal}.`);
  }
  return Object.fromEntries(annotations);
}

/** The key in a spelling that Kubernetes takes; undefined, and reported, when there is none or it is not the module's. */
function annotationKey(key: string, { path }: Field, problems: Problems): string | undefined {
  const name = sanitize(key);
  if (name === undefined) {
    problems.warn(path, `${shown(key)} cannot be a key of an annotation and is left out`, "Use letters, digits, - _ .");
    return undefined;
  }
  if (!isClosed(name)) return name;
  problems.error(path, `${shown(key)} speaks to the cluster, not of the module`, "Use a domain of your own.");
  return undefined;
}

function sanitize(key: string): string | undefined {
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
  const [prefix = "", name] = key.toLowerCase().split("/");
  const domain = name === undefined ? "" : prefix;
  return (
    closedDomains.some((closed) => domain === closed || domain.endsWith(`.${closed}`)) ||
    closedPrefixes.some((closed) => key.toLowerCase().startsWith(closed))
  );
}
