import type { Binding, PolicyRule, Role } from "./objects.ts";
import { type AccessRequest, ruleAllows } from "./rule-matching.ts";
import type { RbacState } from "./state.ts";
import { keysOfUser, mastersGroup, type UserInfo } from "./subject.ts";

/** A role that reaches a user through a binding. */
export interface Grant {
  readonly binding: Binding;
  /** Namespace in which the role counts; empty: in all of them and for the cluster itself. */
  readonly scope: string;
  readonly role: Role;
}

/** A grant whose rule allows the request in question. */
export interface AllowingGrant extends Grant {
  readonly rule: PolicyRule;
}

/** Whether RBAC allows the request, exactly as the API server's RBAC authorizer decides. */
export function can(state: RbacState, user: UserInfo, request: AccessRequest): boolean {
  if (user.groups.includes(mastersGroup)) return true;
  for (const _ of allowingGrants(state, user, request)) return true;
  return false;
}

/** All grants that allow the request. Members of `system:masters` need none. */
export function* allowingGrants(state: RbacState, user: UserInfo, request: AccessRequest): Generator<AllowingGrant> {
  for (const grant of grantsOf(state, user)) {
    if (!inScope(grant, request)) continue;
    const rule = state.rulesOf(grant.role).find((one) => ruleAllows(one, request));
    if (rule !== undefined) yield { ...grant, rule };
  }
}

/** All roles that reach a user, in any namespace. */
export function* grantsOf(state: RbacState, user: UserInfo): Generator<Grant> {
  const seen = new Set<Binding>();
  for (const key of keysOfUser(user)) {
    for (const binding of state.bindingsBySubject.get(key) ?? []) {
      if (seen.has(binding)) continue;
      seen.add(binding);
      const role = state.roleOf(binding);
      if (role !== undefined) yield { binding, scope: binding.namespace, role };
    }
  }
}

/** A RoleBinding counts for requests in its namespace, and never for paths. */
export function inScope({ scope }: Pick<Grant, "scope">, request: AccessRequest): boolean {
  return scope === "" || ("namespace" in request && request.namespace === scope);
}
