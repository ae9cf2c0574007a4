import type { Role } from "../../model/objects.ts";
import { describeTarget, type Permission } from "../../model/permission.ts";
import type { PowerIndex } from "../../model/power.ts";
import type { Subject } from "../../model/subject.ts";
import type { HeldRole, Holder } from "./holder.ts";
import type { Sets } from "./sets.ts";

/** One thing that a holder can do to act as somebody else. */
export interface Step {
  /** Number of the node that it leads to. */
  readonly to: number;
  /** As in `create jobs.batch in ci`. */
  readonly by: string;
}

/** What a step needs to be found. */
export interface TargetContext {
  readonly index: PowerIndex;
  readonly sets: Sets;
  /** Node of a role as if it were held in a scope. */
  roleIn(role: Role, scope: string): number;
  /** Node of everything that there is in a scope. */
  everythingIn(scope: string): number;
  /** Node of what may be done as somebody. @param roles is called when it is new */
  borrowed(key: string, who: Subject | string, roles: () => readonly HeldRole[], doubt?: string): number;
  /** Node of a set. @param like node of a set of which the same is unknown */
  setOf(key: string, members: readonly (() => number)[], like?: number): number;
}

/** A permission of somebody, of which is asked where it leads. */
export interface Question {
  readonly context: TargetContext;
  readonly holder: Holder;
  readonly permission: Permission;
  /** Namespace in which it counts; empty: everywhere. */
  readonly scope: string;
}

/** `bind clusterroles and create rolebindings in ci`. Verbs on the same thing are put together. */
export function doing(scope: string, ...permissions: readonly Permission[]): string {
  const verbs = new Map<string, Set<string>>();
  for (const permission of permissions) {
    const target = describeTarget(permission);
    verbs.set(target, (verbs.get(target) ?? new Set()).add(permission.verb));
  }
  const what = [...verbs]
    .map(([target, all]) => `${all.has("*") ? "all verbs on" : [...all].join(", ")} ${target}`)
    .join(" and ");
  return scope === "" ? what : `${what} in ${scope}`;
}
