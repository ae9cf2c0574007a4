import { allowingGrants, grantsOf, inScope } from "../model/access.ts";
import { describeObject, type PolicyRule } from "../model/objects.ts";
import { type AccessRequest, ruleAllows } from "../model/rule-matching.ts";
import type { RbacState } from "../model/state.ts";
import {
  describeSubject,
  mastersGroup,
  type Subject,
  subjectKey,
  type UserInfo,
  userInfoOf,
} from "../model/subject.ts";

/** Why a subject may do something, or what is missing for it. */
export interface Explanation {
  readonly allowed: boolean;
  /** One line per chain that allows it. */
  readonly chains: readonly string[];
  /** Where it is not allowed: one line per role that comes near, with what is missing. */
  readonly nearMisses: readonly string[];
  /** Bindings and roles that could decide otherwise if they were known. */
  readonly unresolved: readonly string[];
}

/**
 * Explains one decision of the API server's RBAC authorizer.
 *
 * @param asGroups groups that the subject is in besides those that every subject of its kind is in
 */
export function explain(
  state: RbacState,
  subject: Subject,
  request: AccessRequest,
  asGroups: readonly string[] = [],
): Explanation {
  const user = withGroups(userInfoOf(subject), asGroups);
  const chains = [...allowingGrants(state, user, request)].map(({ binding, role, rule }) => {
    const through = binding.subjects.find((one) => subjectKey(one) === subjectKey(subject));
    const group = binding.subjects.find(({ kind, name }) => kind === "Group" && user.groups.includes(name));
    const who = through === undefined && group !== undefined ? describeSubject(group) : describeSubject(subject);
    return `${who} -> ${describeObject(binding)} -> ${describeObject(role)} -> ${describeRule(rule)}`;
  });
  if (user.groups.includes(mastersGroup)) chains.unshift(`Group ${mastersGroup} -> everything, whatever RBAC says`);
  const allowed = chains.length > 0;
  return {
    allowed,
    chains,
    nearMisses: allowed ? [] : nearMisses(state, user, request),
    unresolved: state.unresolved.map(({ object, path, detail }) => [object, path, detail].filter(Boolean).join(" ")),
  };
}

/** The same question in every namespace: what is allowed everywhere, and what in some alone. */
export interface NamespacedExplanation extends Explanation {
  /** Empty where it is allowed everywhere, or nowhere. */
  readonly namespaces: readonly (Pick<Explanation, "chains"> & { readonly namespace: string })[];
}

/** Explains a decision in all namespaces at once; only those that a binding is in can differ. */
export function explainEverywhere(
  state: RbacState,
  subject: Subject,
  request: AccessRequest,
  asGroups: readonly string[] = [],
): NamespacedExplanation {
  const whole = explain(state, subject, request, asGroups);
  if (whole.allowed || !("namespace" in request)) return { ...whole, namespaces: [] };
  const user = withGroups(userInfoOf(subject), asGroups);
  const scopes = new Set([...grantsOf(state, user)].map(({ scope }) => scope).filter((scope) => scope !== ""));
  const namespaces = [...scopes].sort().flatMap((namespace) => {
    const { allowed, chains } = explain(state, subject, { ...request, namespace }, asGroups);
    return allowed ? [{ namespace, chains }] : [];
  });
  return {
    ...whole,
    allowed: namespaces.length > 0,
    namespaces,
    nearMisses: namespaces.length > 0 ? [] : whole.nearMisses,
  };
}

function withGroups(user: UserInfo, groups: readonly string[]): UserInfo {
  return groups.length === 0 ? user : { ...user, groups: [...new Set([...user.groups, ...groups])] };
}

function nearMisses(state: RbacState, user: UserInfo, request: AccessRequest): string[] {
  return [...grantsOf(state, user)].flatMap((grant) => {
    const where = `${describeObject(grant.binding)} -> ${describeObject(grant.role)}`;
    const rules = state.rulesOf(grant.role);
    if (!inScope(grant, request)) {
      if (!rules.some((rule) => ruleAllows(rule, request))) return [];
      return [`${where} grants it, but in namespace ${grant.scope} only`];
    }
    return rules.flatMap((rule) =>
      missingIn(rule, request).map((missing) => `${where} -> ${describeRule(rule)}: ${missing}`),
    );
  });
}

/** What a rule lacks for the request, when it is one thing. */
function missingIn(rule: PolicyRule, request: AccessRequest): string[] {
  const anyVerb = { ...rule, verbs: ["*"] };
  if (ruleAllows(anyVerb, request)) return [`the verb ${request.verb} is missing`];
  if ("path" in request) return [];
  if (ruleAllows({ ...rule, resourceNames: [] }, request)) {
    const names = rule.resourceNames.map((name) => `"${name}"`).join(", ");
    return request.name === ""
      ? [`it holds for requests that name ${names}, and this one names nothing`]
      : [`it holds for ${names}, not for "${request.name}"`];
  }
  if (ruleAllows({ ...rule, apiGroups: ["*"] }, request))
    return [`the API group is ${rule.apiGroups.map((group) => `"${group}"`).join(", ")}, not "${request.group}"`];
  const parent = request.subresource !== "" && ruleAllows(rule, { ...request, subresource: "" });
  return parent ? [`the subresource is not included; it would be ${request.resource}/${request.subresource}`] : [];
}

/** A rule on one line. */
export function describeRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  if (nonResourceURLs.length > 0) return `${verbs.join(",")} ${nonResourceURLs.join(",")}`;
  const groups = apiGroups.map((group) => group || "core").join(",");
  const names = resourceNames.length === 0 ? "" : ` "${resourceNames.join('","')}"`;
  return `${verbs.join(",")} ${resources.join(",")} (${groups})${names}`;
}
