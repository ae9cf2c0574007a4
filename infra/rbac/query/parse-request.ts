import { rbacErrors } from "../errors.ts";
import type { AccessRequest } from "../model/rule-matching.ts";
import type { RbacState } from "../model/state.ts";
import { type ApiResource, builtinResources, resourcesNamed } from "./api-resources.ts";

export interface RequestOptions {
  readonly namespace?: string;
  readonly name?: string;
  /** Resources that a cluster serves beyond those of Kubernetes itself. @default none */
  readonly discovered?: readonly ApiResource[];
  /** Whose rules tell the groups of resources that nothing else knows. @default none */
  readonly states?: readonly RbacState[];
}

/** A request, and what its reader should know about how it was understood. */
export interface ParsedRequest {
  readonly request: AccessRequest;
  readonly warnings: readonly string[];
  /** Whether the resource is of the kind that namespaces hold, as far as is known. */
  readonly namespaced: boolean;
}

/**
 * Reads a request in kubectl's spelling: `pods`, `deploy`, `deployments.apps`, `deployments.v1.apps`, `pods/log`,
 * `deployments.apps/scale`. What follows the slash is always a subresource: the name is an option of its own. What begins
 * with `/` is a path.
 *
 * @throws EDGE_RBAC_QUERY_INVALID
 */
export function parseRequest(verb: string, written: string, options: RequestOptions = {}): ParsedRequest {
  // Such as impersonate-on:user-info:list
  if (!/^(?:[a-z][\w:.-]*|\*)$/i.test(verb)) {
    const expected = "a verb such as get, list, watch, create, update, patch, delete, or '*'";
    throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "verb", value: verb, expected });
  }
  if (written.startsWith("/")) return { request: { verb, path: written }, warnings: [], namespaced: false };
  const { name, group = groupOfVerb(verb), subresource } = split(written);
  const { resource, warnings } = resolve(name, group, options);
  const objectName = options.name ?? "";
  const namespace = options.namespace ?? "";
  const ignored = namespace !== "" && !resource.namespaced;
  // To the API server a request for a namespace is one inside of it.
  const own = resource.plural === "namespaces" && resource.group === "" && subresource !== "finalize" ? objectName : "";
  return {
    request: {
      verb,
      group: resource.group,
      resource: resource.plural,
      subresource,
      name: objectName,
      namespace: resource.namespaced ? namespace : own,
    },
    warnings: ignored ? [...warnings, `${written} is in no namespace, so --namespace does not count`] : warnings,
    namespaced: resource.namespaced,
  };
}

/** Whom one may be for chosen actions is asked in a group of its own, whatever group these are of. */
const groupOfVerb = (verb: string) => (verb.startsWith("impersonate:") ? "authentication.k8s.io" : undefined);

/** In these groups resources are the names of metrics, which may have dots. */
const metricGroups = ["custom.metrics.k8s.io", "external.metrics.k8s.io"];

function split(written: string) {
  const slash = written.indexOf("/");
  const [whole, subresource] = slash < 0 ? [written, ""] : [written.slice(0, slash), written.slice(slash + 1)];
  const metrics = metricGroups.find((group) => whole.endsWith(`.${group}`));
  const dot = metrics === undefined ? whole.indexOf(".") : whole.length - metrics.length - 1;
  const name = dot < 0 ? whole : whole.slice(0, dot);
  const group = dot < 0 ? undefined : whole.slice(dot + 1).replace(/^v\d+(?:(?:alpha|beta)\d+)?(?:\.|$)/, "");
  const isName = (text: string) => /^(?:\w(?:[\w.-]*\w)?|\*)$/.test(text);
  const valid =
    isName(name) &&
    (group === undefined || group === "" || group === "*" || /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(group)) &&
    (slash < 0 || /^(?:[\w.:-]+|\*)$/.test(subresource));
  if (!valid) {
    const expected = "a plural such as secrets, deployments.apps, pods/exec, or a path such as /metrics";
    throw rbacErrors.EDGE_RBAC_QUERY_INVALID({ what: "resource", value: written, expected });
  }
  return { name, group, subresource };
}

interface Resolved {
  readonly resource: ApiResource;
  readonly warnings: readonly string[];
}

function resolve(name: string, group: string | undefined, { discovered = [], states = [] }: RequestOptions): Resolved {
  const known = [...builtinResources, ...discovered];
  const unknown = (inGroup: string): ApiResource => ({ plural: name, group: inGroup, namespaced: true, aliases: [] });
  if (name === "*") return { resource: unknown(group ?? ""), warnings: [] };
  const candidates = distinct(resourcesNamed(name, known));
  if (group !== undefined) {
    const inGroup = candidates.find((one) => one.group === group);
    return { resource: inGroup ?? unknown(group), warnings: [] };
  }
  const [first, ...others] = candidates;
  if (first !== undefined)
    return { resource: first, warnings: others.map((other) => alsoIn(name, first.group, other.group)) };
  const [guess, ...rest] = groupsInRules(name, states);
  if (guess === undefined) {
    const warning = `${name} is no resource that is known here, and is taken for one of the core group; write ${name}.GROUP, or name a cluster that serves it with --context`;
    return { resource: unknown(""), warnings: [warning] };
  }
  const taken = `${name} is taken for ${full(name, guess)}, as rules of the source have it`;
  return { resource: unknown(guess), warnings: [taken, ...rest.map((other) => alsoIn(name, guess, other))] };
}

const full = (name: string, group: string) => (group === "" ? `${name} of the core group` : `${name}.${group}`);

const alsoIn = (name: string, taken: string, other: string) =>
  `${name} may also be ${full(name, other)}; asked is ${full(name, taken)}`;

function distinct(resources: readonly ApiResource[]): ApiResource[] {
  return [...new Map(resources.map((one) => [`${one.plural} ${one.group}`, one])).values()];
}

/** Groups of the rules that name a resource, most often first. */
function groupsInRules(name: string, states: readonly RbacState[]): string[] {
  const rules = states.flatMap((state) => state.roles.flatMap((role) => state.rulesOf(role)));
  const counts = new Map<string, number>();
  for (const { resources, apiGroups } of rules) {
    if (!resources.some((resource) => resource === name || resource.startsWith(`${name}/`))) continue;
    for (const group of apiGroups) if (group !== "*") counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([group]) => group);
}
