import { type Binding, describeObject, type Origin, type Role, type Unresolved } from "../model/objects.ts";
import { covers, type Permission } from "../model/permission.ts";
import { indexPower, type Path, type Power, type PowerIndex } from "../model/power.ts";
import type { RbacState } from "../model/state.ts";
import { describeSubject, type Subject } from "../model/subject.ts";

/** One permission that a subject gains or loses. */
export interface PermissionChange {
  /** Namespace; empty: everywhere. */
  readonly scope: string;
  readonly permission: Permission;
  /**
   * Whether a part of it was there before (`widened`) or stays (`narrowed`): another scope, a wildcard, a list of names.
   */
  readonly how: "new" | "widened" | "removed" | "narrowed";
  readonly paths: readonly Path[];
}

/** What changes for one subject. */
export interface SubjectChange {
  readonly subject: Subject;
  readonly gained: readonly PermissionChange[];
  readonly lost: readonly PermissionChange[];
  /** How many single permissions stay. */
  readonly unchanged: number;
}

/** A binding that refers to another role. As that field cannot be changed, the binding is deleted and made anew. */
export interface RetargetedBinding {
  readonly binding: string;
  readonly from: string;
  readonly to: string;
  /** Those who hold neither role in between. */
  readonly subjects: readonly string[];
  readonly origin: Origin;
}

/** A role whose permissions change while no binding of the source refers to it. */
export interface LatentChange {
  readonly role: string;
  readonly how: "added" | "removed" | "changed";
  readonly gained: readonly Permission[];
  readonly lost: readonly Permission[];
  readonly origin: Origin;
}

export interface UnresolvedChange extends Unresolved {
  /** `same` is known to be the same on both sides, whatever it is. */
  readonly side: "base" | "head" | "same";
}

/** What changes in one cluster. */
export interface ClusterDiff {
  readonly cluster: string;
  readonly subjects: readonly SubjectChange[];
  readonly retargeted: readonly RetargetedBinding[];
  readonly latent: readonly LatentChange[];
  readonly unresolved: readonly UnresolvedChange[];
}

/** Compares effective permissions: how they are written down (order, splits, duplicates) makes no difference. */
export function diffStates(base: RbacState, head: RbacState): ClusterDiff {
  const before = indexPower(base);
  const after = indexPower(head);
  const keys = [...new Set([...before.keys, ...after.keys])].sort();
  return {
    cluster: head.cluster,
    subjects: keys.flatMap((key) => diffSubject(key, before, after)),
    retargeted: retargetedBindings(base, head),
    latent: latentChanges(before, after),
    unresolved: diffUnresolved(base.unresolved, head.unresolved),
  };
}

function diffSubject(key: string, before: PowerIndex, after: PowerIndex): SubjectChange[] {
  if (before.signatureOf(key) === after.signatureOf(key)) return [];
  const [old, now] = [before.powerOf(key), after.powerOf(key)];
  const subject = now?.subject ?? old?.subject;
  if (subject === undefined) return [];
  const gained = missingIn(before, subject, now).map(
    ({ scope, permission }): PermissionChange => ({
      scope,
      permission,
      how: overlaps(old, scope, permission) ? "widened" : "new",
      paths: after.pathsOf(key, scope, permission),
    }),
  );
  const lost = missingIn(after, subject, old).map(
    ({ scope, permission }): PermissionChange => ({
      scope,
      permission,
      how: overlaps(now, scope, permission) ? "narrowed" : "removed",
      paths: before.pathsOf(key, scope, permission),
    }),
  );
  if (gained.length === 0 && lost.length === 0) return [];
  return [{ subject, gained, lost, unchanged: sizeOf(old) - lost.length }];
}

interface Placed {
  readonly scope: string;
  readonly permission: Permission;
}

/** What `power` has that the subject does not hold in `other`. */
function missingIn(other: PowerIndex, subject: Subject, power: Power | undefined): Placed[] {
  return placed(power).filter(({ scope, permission }) => !other.holds(subject, scope, permission));
}

/** A namespaced permission that the subject has everywhere as well counts once, as the wider one. */
function placed(power: Power | undefined): Placed[] {
  return [...(power?.scopes ?? [])].flatMap(([scope, set]) => [...set].map((permission) => ({ scope, permission })));
}

/** Whether `power` holds a part of what the permission grants in the scope. */
function overlaps(power: Power | undefined, scope: string, permission: Permission): boolean {
  return placed(power).some((own) => (scope === "" || scope === own.scope) && covers(permission, own.permission));
}

const sizeOf = (power: Power | undefined) =>
  [...(power?.scopes.values() ?? [])].reduce((sum, set) => sum + set.size, 0);

function retargetedBindings(base: RbacState, head: RbacState): RetargetedBinding[] {
  const old = new Map(base.bindings.map((binding) => [describeObject(binding), binding]));
  return head.bindings.flatMap((binding) => {
    const name = describeObject(binding);
    const from = describeRoleRef(old.get(name));
    const to = describeRoleRef(binding);
    if (from === undefined || to === undefined || from === to) return [];
    const subjects = (old.get(name)?.subjects ?? []).map(describeSubject);
    return [{ binding: name, from, to, subjects, origin: binding.origin }];
  });
}

function describeRoleRef(binding: Binding | undefined): string | undefined {
  if (binding === undefined) return undefined;
  const { kind, name } = binding.roleRef;
  return describeObject({ kind, name, namespace: kind === "Role" ? binding.namespace : "" });
}

function latentChanges(before: PowerIndex, after: PowerIndex): LatentChange[] {
  const bound = new Set([...rolesInUse(before.state), ...rolesInUse(after.state)]);
  const old = new Map(before.state.roles.map((role) => [describeObject(role), role]));
  const now = new Map(after.state.roles.map((role) => [describeObject(role), role]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    if (bound.has(name)) return [];
    return latentChange(name, [before, old.get(name)], [after, now.get(name)]);
  });
}

type RoleIn = readonly [index: PowerIndex, role: Role | undefined];

function latentChange(name: string, [before, old]: RoleIn, [after, now]: RoleIn): LatentChange[] {
  const had = old === undefined ? undefined : before.permissionsOfRole(old);
  const has = now === undefined ? undefined : after.permissionsOfRole(now);
  const gained = [...(has ?? [])].filter((permission) => !had?.covers(permission));
  const lost = [...(had ?? [])].filter((permission) => !has?.covers(permission));
  if (gained.length === 0 && lost.length === 0) return [];
  const how = had === undefined ? "added" : has === undefined ? "removed" : "changed";
  return [{ role: name, how, gained, lost, origin: (now ?? old)?.origin ?? {} }];
}

const rolesInUse = (state: RbacState) => state.bindings.map((binding) => describeRoleRef(binding) ?? "");

function diffUnresolved(base: readonly Unresolved[], head: readonly Unresolved[]): UnresolvedChange[] {
  const before = new Set(base.map(({ identity }) => identity));
  const after = new Set(head.map(({ identity }) => identity));
  return [
    ...head.map((one) => ({ ...one, side: before.has(one.identity) ? ("same" as const) : ("head" as const) })),
    ...base.filter(({ identity }) => !after.has(identity)).map((one) => ({ ...one, side: "base" as const })),
  ];
}
