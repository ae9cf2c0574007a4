import type { PolicyRule } from "./objects.ts";
import { urlMatches } from "./rule-matching.ts";

/** The smallest thing that a rule grants: one verb on one resource of one group, or on one path. */
export interface Permission {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as in `pods/log`; empty for a path. */
  readonly resource: string;
  /** Empty: all names. {@link unnamed}: requests that name no object. */
  readonly name: string;
  /** Path, maybe with `*` at its end; empty for a resource. */
  readonly url: string;
}

/**
 * Stands for the requests that name no object, such as `list` and most `create`: the API server lets these alone through
 * where a rule's names hold an empty one. No name in a {@link Permission} is this one.
 */
export const unnamed = "\0";
const nameOf = (name: string) => (name === "" ? unnamed : name.startsWith(unnamed) ? `${unnamed}${name}` : name);

/** What a permission means at worst: of requests without a name nobody can say which objects they are about. */
export const forAllNames = (permission: Permission): Permission =>
  permission.name === unnamed ? { ...permission, name: "" } : permission;

/** All single permissions of a rule. */
export function permissionsOf(rule: PolicyRule): Permission[] {
  const names = rule.resourceNames.length === 0 ? [""] : rule.resourceNames.map(nameOf);
  const onResources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      names.flatMap((name) => rule.verbs.map((verb) => ({ verb, group, resource, name, url: "" }))),
    ),
  );
  const onPaths = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ verb, group: "", resource: "", name: "", url })),
  );
  return [...onResources, ...onPaths];
}

/** Equal for equal permissions, and only for these. */
export function permissionKey({ verb, group, resource, name, url }: Permission): string {
  return url === "" ? `${verb} ${group}|${resource}|${name}` : `${verb} ${url}`;
}

/** A set of permissions that answers whether another one is part of it, wildcards included. */
export class PermissionSet {
  readonly #byKey = new Map<string, Permission>();
  readonly #urls: Permission[] = [];

  constructor(permissions: Iterable<Permission>) {
    for (const permission of permissions) {
      const key = permissionKey(permission);
      if (this.#byKey.has(key)) continue;
      this.#byKey.set(key, permission);
      if (permission.url !== "") this.#urls.push(permission);
    }
  }

  get size(): number {
    return this.#byKey.size;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys();
  }

  [Symbol.iterator](): IterableIterator<Permission> {
    return this.#byKey.values();
  }

  /**
   * Whether one permission of the set grants all that `wanted` does. A wildcard is part of another wildcard only: it
   * stands for things to come as well, which no list of those that are there today covers.
   */
  covers(wanted: Permission): boolean {
    if (this.#byKey.has(permissionKey(wanted))) return true;
    if (wanted.url !== "") return this.#urls.some((own) => covers(own, wanted));
    const { verb, group, resource, name } = wanted;
    const slash = resource.indexOf("/");
    const resources = slash < 0 ? [resource, "*"] : [resource, "*", `*${resource.slice(slash)}`];
    for (const v of [verb, "*"])
      for (const g of [group, "*"])
        for (const r of resources)
          for (const n of name === "" ? [""] : [name, ""])
            if (this.#byKey.has(permissionKey({ verb: v, group: g, resource: r, name: n, url: "" }))) return true;
    return false;
  }
}

/** Whether `wide` grants all that `narrow` does. */
export function covers(wide: Permission, narrow: Permission): boolean {
  const word = (a: string, b: string) => a === b || a === "*";
  if (!word(wide.verb, narrow.verb) || (wide.url === "") !== (narrow.url === "")) return false;
  if (wide.url !== "") return urlCovers(wide.url, narrow.url);
  return (
    word(wide.group, narrow.group) &&
    resourceCovers(wide.resource, narrow.resource) &&
    (wide.name === "" || wide.name === narrow.name)
  );
}

function resourceCovers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  return (
    wide.startsWith("*/") && narrow.endsWith(wide.slice(1)) && narrow.indexOf("/") === narrow.length - wide.length + 1
  );
}

/** A pattern covers another if it matches its fixed part and, where that one ends in `*`, ends in `*` too. */
function urlCovers(wide: string, narrow: string): boolean {
  if (!narrow.endsWith("*")) return urlMatches(wide, narrow);
  return wide === narrow || (wide.endsWith("*") && narrow.replace(/\*+$/, "").startsWith(wide.replace(/\*+$/, "")));
}

/** `get secrets`, `create deployments.apps`, `get configmaps "trust"`, `get /metrics`. */
export function describePermission(permission: Permission): string {
  return `${permission.verb} ${describeTarget(permission)}`;
}

/** What a permission is on: `secrets`, `deployments.apps`, `all resources`, `all core resources`, `/metrics`. */
export function describeTarget({ group, resource, name, url }: Omit<Permission, "verb">): string {
  if (url !== "") return url === "*" ? "all paths" : url;
  const named = name === "" ? "" : ` "${name.replace(unnamed, "")}"`;
  if (group === "*" && resource === "*") return `all resources${named}`;
  if (group === "" && resource === "*") return `all core resources${named}`;
  const [kind = "", ...sub] = resource.split("/");
  const subresource = sub.length === 0 ? "" : `/${sub.join("/")}`;
  return `${group === "" ? resource : `${kind}.${group}${subresource}`}${named}`;
}
