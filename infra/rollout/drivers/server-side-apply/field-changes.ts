import type { LiveObject } from "../../../kubernetes/index.ts";

type Path = readonly (string | number)[];

const longest = 60;

/**
 * What differs between two objects, one line for each field: `spec.replicas: 1 -> 2`. Long values are only said to have
 * changed, and of secrets nothing else is said.
 *
 * @param isSecret whether the value at a path must not be shown
 */
export function fieldChanges(before: unknown, after: unknown, isSecret: (path: Path) => boolean): readonly string[] {
  return compare(before, after, []).map(({ path, from, to }) => {
    const name = formatPath(path);
    if (isSecret(path)) return `${name}: [secret]`;
    if (from === undefined) return `${name}: added${shown(to, " ")}`;
    if (to === undefined) return `${name}: removed${shown(from, " ")}`;
    const [old, now] = [shown(from), shown(to)];
    return old === "" || now === "" ? `${name}: changed` : `${name}: ${old} -> ${now}`;
  });
}

interface Difference {
  readonly path: Path;
  readonly from: unknown;
  readonly to: unknown;
}

function compare(from: unknown, to: unknown, path: Path): readonly Difference[] {
  if (isMap(from) && isMap(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return keys.flatMap((key) => compare(from[key], to[key], [...path, key]));
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    return from.flatMap((item, index) => compare(item, to[index], [...path, index]));
  }
  return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
}

/** Scalars that fit on a line; nothing for others. */
function shown(value: unknown, before = ""): string {
  if (typeof value === "object" && value !== null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longest || text.includes("\n") ? "" : `${before}${text}`;
}

function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) return `${text}[${JSON.stringify(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the API server keeps for itself, and what changes without anybody having applied something. */
const ownedByServer = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];
const controllerAnnotations = ["deployment.kubernetes.io/revision"];

/** The object without what no deployment decides: two results are equal when a deployment sees no difference. */
export function declaredPart(live: LiveObject): Readonly<Record<string, unknown>> {
  const { metadata, status: _, ...rest } = live;
  const kept = Object.entries(metadata).filter(([key]) => !ownedByServer.includes(key));
  const { annotations, ...others } = Object.fromEntries(kept) as { annotations?: Readonly<Record<string, string>> };
  const own = Object.entries(annotations ?? {}).filter(([key]) => !controllerAnnotations.includes(key));
  return { ...rest, metadata: { ...others, ...(own.length === 0 ? {} : { annotations: Object.fromEntries(own) }) } };
}
