import type { Role } from "../model/objects.ts";
import { forAllNames, type Permission, permissionKey, unnamed } from "../model/permission.ts";
import type { PowerIndex } from "../model/power.ts";
import type { PermissionRule } from "./rule.ts";

/** A permission of a role that a rule is about. */
export interface Match {
  readonly rule: PermissionRule;
  readonly permission: Permission;
}

/** Which rules are about the permissions of a role. */
export type MatchesOf = (role: Role) => readonly Match[];

/** Rules by the permissions that they are about. */
interface Rules {
  matching(permission: Permission): readonly PermissionRule[];
}

const everything = "everything";

/** Whether a rule stands for all that there is in its scope. */
export const isEverything = ({ id }: Pick<PermissionRule, "id">) => id === everything;

/** Roles of one state have much in common, so each permission is matched once. */
export function indexMatches(index: PowerIndex, rules: Rules): MatchesOf {
  const byPermission = new Map<string, readonly Match[]>();
  const byRole = new Map<Role, readonly Match[]>();
  const matchesOfPermission = (permission: Permission) => {
    const key = permissionKey(permission);
    const known = byPermission.get(key) ?? matchPermission(permission, rules);
    byPermission.set(key, known);
    return known;
  };
  return (role) => {
    const known = byRole.get(role) ?? [...index.permissionsOfRole(role)].flatMap(matchesOfPermission);
    byRole.set(role, known);
    return known;
  };
}

/** The API server makes a `list` of a `get` without a name, and a `deletecollection` of such a `delete`. */
const alwaysNamed = new Set(["get", "delete"]);

/** One finding that says "everything" says all that the others would. */
function matchPermission(permission: Permission, rules: Rules): Match[] {
  if (permission.name === unnamed && alwaysNamed.has(permission.verb)) return [];
  const matching = rules.matching(forAllNames(permission));
  const all = matching.filter(isEverything);
  return (all.length > 0 ? all : matching).map((rule) => ({ rule, permission }));
}
