import { forAllNames, type Permission } from "../model/permission.ts";
import { type Subject, subjectKey } from "../model/subject.ts";
import { isControlPlane } from "./control-plane.ts";
import type { PermissionRule } from "./rule.ts";
import { lowered, raised, type Severity, worse } from "./severity.ts";

/** Groups whose members are not chosen one by one. */
const wideGroups = new Set([
  "Group system:authenticated",
  "Group system:unauthenticated",
  "Group system:serviceaccounts",
]);

/**
 * How bad a permission is by itself: risk times scope times who holds it. A name narrows it by one step, unless it is one
 * that means as much as all; a group of everyone widens it by one.
 *
 * @param scope namespace; empty: everywhere
 * @returns undefined where it is harmless
 */
export function severityOf(
  rule: PermissionRule,
  permission: Permission,
  subject: Subject,
  scope: string,
): Severity | undefined {
  const base = severityInScope(rule, scope);
  if (base === undefined || (permission.url !== "" && scope !== "")) return undefined;
  const { name } = forAllNames(permission);
  const isNarrow = name !== "" && !rule.sensitiveNames?.includes(name);
  const named = isNarrow ? lowered(base) : base;
  return wideGroups.has(subjectKey(subject)) ? raised(named) : named;
}

/** The same, whoever holds it and whatever it names. */
export function severityInScope(rule: PermissionRule, scope: string): Severity | undefined {
  const { severity, namespaced, controlPlane = severity, sensitiveNamespaces } = rule;
  if (scope === "" || sensitiveNamespaces?.includes(scope)) return severity;
  return namespaced !== undefined && isControlPlane(scope) ? worse(namespaced, controlPlane) : namespaced;
}
