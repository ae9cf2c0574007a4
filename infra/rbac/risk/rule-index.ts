import type { Permission } from "../model/permission.ts";
import { urlMatches } from "../model/rule-matching.ts";
import type { PermissionRule, RiskyGrant, RiskyPaths } from "./rule.ts";

/** One verb on one resource of one group, for which a rule looks. */
interface Entry {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly names: readonly string[] | undefined;
  readonly verbNamed: boolean;
  readonly rule: PermissionRule;
  readonly order: number;
}

interface PathEntry {
  readonly grant: RiskyPaths;
  readonly rule: PermissionRule;
  readonly order: number;
}

/**
 * Finds the rules that a permission meets. What most permissions are, one verb on one resource, is looked up; only
 * wildcards go through all entries.
 */
export class RuleIndex {
  readonly #exact = new Map<string, Entry[]>();
  readonly #patterns: Entry[] = [];
  readonly #all: Entry[] = [];
  readonly #paths: PathEntry[] = [];
  readonly #shapes: { readonly rule: PermissionRule; readonly order: number }[] = [];

  constructor(rules: readonly PermissionRule[]) {
    for (const [order, rule] of rules.entries()) {
      if (rule.shape !== undefined) this.#shapes.push({ rule, order });
      for (const grant of rule.grants ?? []) {
        if ("nonResourceURLs" in grant) this.#paths.push({ grant, rule, order });
        else for (const entry of entriesOf(grant, rule, order)) this.#add(entry);
      }
    }
  }

  /** In the order of the rules, each once. */
  matching(permission: Permission): PermissionRule[] {
    const found = new Map<number, PermissionRule>();
    for (const { rule, order } of this.#shapes) if (rule.shape?.(permission)) found.set(order, rule);
    if (permission.url !== "") {
      for (const { grant, rule, order } of this.#paths) if (reachesPath(grant, permission)) found.set(order, rule);
    } else {
      for (const entry of this.#candidates(permission)) {
        if (!found.has(entry.order) && meets(permission, entry)) found.set(entry.order, entry.rule);
      }
    }
    return found.size < 2 ? [...found.values()] : [...found].sort(([a], [b]) => a - b).map(([, rule]) => rule);
  }

  #add(entry: Entry): void {
    this.#all.push(entry);
    if ([entry.verb, entry.group, entry.resource].some((word) => word.endsWith("*"))) {
      this.#patterns.push(entry);
      return;
    }
    const key = keyOf(entry);
    const known = this.#exact.get(key);
    if (known === undefined) this.#exact.set(key, [entry]);
    else known.push(entry);
  }

  *#candidates(permission: Permission): Iterable<Entry> {
    if (hasWildcard(permission)) yield* this.#all;
    else {
      yield* this.#exact.get(keyOf(permission)) ?? [];
      yield* this.#patterns;
    }
  }
}

function* entriesOf(grant: RiskyGrant, rule: PermissionRule, order: number): Iterable<Entry> {
  const { verbs, apiGroups, resources, resourceNames: names, verbNamed = false } = grant;
  for (const verb of verbs)
    for (const group of apiGroups)
      for (const resource of resources) yield { verb, group, resource, names, verbNamed, rule, order };
}

const keyOf = ({ verb, group, resource }: { verb: string; group: string; resource: string }) =>
  `${verb} ${group}|${resource}`;

const hasWildcard = ({ verb, group, resource }: Permission) =>
  verb === "*" || group === "*" || resource === "*" || resource.startsWith("*/");

/** Whether the permission allows something that the entry looks for. */
function meets(permission: Permission, { verb, group, resource, names, verbNamed, rule }: Entry): boolean {
  if (permission.verb === "*" ? verbNamed : !wordMatches(verb, permission.verb)) return false;
  if (permission.group === "*" ? rule.pack !== undefined : !wordMatches(group, permission.group)) return false;
  if (!resourcesMeet(permission.resource, resource)) return false;
  return names === undefined || permission.name === "" || names.includes(permission.name);
}

/** `*` at the end of a pattern is any rest. */
function wordMatches(pattern: string, word: string): boolean {
  return pattern === word || (pattern.endsWith("*") && word.startsWith(pattern.slice(0, -1)));
}

/** What is granted may be a wildcard of RBAC, `*` or `*` and a subresource; what is looked for may end in `*`. */
function resourcesMeet(granted: string, wanted: string): boolean {
  if (granted === "*" || wordMatches(wanted, granted)) return true;
  if (!granted.startsWith("*/")) return false;
  const subresource = granted.slice(1);
  if (!wanted.endsWith("*"))
    return wanted.endsWith(subresource) && wanted.indexOf("/") === wanted.length - subresource.length;
  const slash = wanted.indexOf("/");
  return slash < 0 || wordMatches(wanted.slice(slash), subresource);
}

function reachesPath({ verbs, nonResourceURLs }: RiskyPaths, { verb, url }: Permission): boolean {
  const named = verb === "*" || verbs.some((one) => wordMatches(one, verb));
  return named && nonResourceURLs.some((wanted) => urlMatches(url, wanted) || urlMatches(wanted, url));
}
