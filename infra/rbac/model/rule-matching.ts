import type { PolicyRule } from "./objects.ts";

/** A request for an object of the API. */
export interface ResourceRequest {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  /** Empty when the object itself is meant. */
  readonly subresource: string;
  /** Empty where the request names no object, as `list` and most `create` do. */
  readonly name: string;
  /** Empty for cluster-scoped objects and for "in all namespaces". */
  readonly namespace: string;
}

/** A request for a path that is no object, such as `/metrics`. */
export interface PathRequest {
  readonly verb: string;
  readonly path: string;
}

export type AccessRequest = ResourceRequest | PathRequest;

/** Whether one rule allows a request, in the API server's own terms (`RuleAllows` of its RBAC authorizer). */
export function ruleAllows(rule: PolicyRule, request: AccessRequest): boolean {
  if (!has(rule.verbs, request.verb)) return false;
  if ("path" in request) return rule.nonResourceURLs.some((pattern) => urlMatches(pattern, request.path));
  return (
    has(rule.apiGroups, request.group) &&
    rule.resources.some((resource) => resourceMatches(resource, request)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(request.name))
  );
}

const has = (list: readonly string[], value: string) => list.includes("*") || list.includes(value);

function resourceMatches(pattern: string, { resource, subresource }: ResourceRequest): boolean {
  if (pattern === "*") return true;
  if (subresource === "") return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}

/** `*` stands for any rest at the end of a pattern, and for itself elsewhere. Several at the end count as one. */
export function urlMatches(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.replace(/\*+$/, ""));
}
