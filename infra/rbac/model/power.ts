import { type Binding, describeObject, type Origin, type Role } from "./objects.ts";
import { type Permission, PermissionSet, permissionKey, permissionsOf } from "./permission.ts";
import type { RbacState } from "./state.ts";
import { canonicalSubject, type Subject, subjectKey, userInfoOf } from "./subject.ts";

/** How a permission reaches a subject. */
export interface Path {
  /** As {@link describeObject} writes it. */
  readonly binding: string;
  readonly role: string;
  /** Of the binding. */
  readonly origin: Origin;
  /** Of the role. */
  readonly roleOrigin: Origin;
}

/** What a subject may do by bindings that name it. Groups that it belongs to are subjects of their own. */
export interface Power {
  readonly subject: Subject;
  /** By namespace; under the empty key what counts everywhere. */
  readonly scopes: ReadonlyMap<string, PermissionSet>;
  /** The bindings and roles behind it. */
  readonly grants: readonly { readonly binding: Binding; readonly role: Role }[];
}

/** Work that is the same for all subjects of a state, done once. */
export interface PowerIndex {
  readonly state: RbacState;
  readonly keys: ReadonlySet<string>;
  /** Undefined when no binding names the subject. */
  powerOf(key: string): Power | undefined;
  /** Text that is equal exactly for equal direct power. */
  signatureOf(key: string): string;
  /** Whether a subject has the permission in the scope, by its own bindings or those of groups that it belongs to. */
  holds(subject: Subject, scope: string, permission: Permission): boolean;
  /** How the permission reaches the subject directly. */
  pathsOf(key: string, scope: string, permission: Permission): readonly Path[];
  permissionsOfRole(role: Role): PermissionSet;
}

export function indexPower(state: RbacState): PowerIndex {
  const sets = new Map<Role, PermissionSet>();
  const powers = new Map<string, Power | undefined>();
  const signatures = new Map<Role, string>();

  const permissionsOfRole = (role: Role) => {
    const known = sets.get(role);
    if (known !== undefined) return known;
    const set = new PermissionSet(state.rulesOf(role).flatMap(permissionsOf));
    sets.set(role, set);
    return set;
  };
  const powerOf = (key: string) => {
    if (!powers.has(key)) powers.set(key, collectPower(state, key, permissionsOfRole));
    return powers.get(key);
  };
  const holdsDirectly = (key: string, scope: string, permission: Permission) => {
    const scopes = powerOf(key)?.scopes;
    return (scopes?.get("")?.covers(permission) || (scope !== "" && scopes?.get(scope)?.covers(permission))) ?? false;
  };
  const signatureOfRole = (role: Role) => {
    const known = signatures.get(role);
    if (known !== undefined) return known;
    const signature = [...permissionsOfRole(role).keys()].sort().join("\n");
    signatures.set(role, signature);
    return signature;
  };

  return {
    state,
    keys: new Set(state.bindingsBySubject.keys()),
    powerOf,
    permissionsOfRole,
    signatureOf: (key) =>
      (powerOf(key)?.grants ?? [])
        .map(({ binding, role }) => `${binding.namespace}\n${signatureOfRole(role)}`)
        .sort()
        .join("\n\n"),
    holds: (subject, scope, permission) =>
      holdsDirectly(subjectKey(subject), scope, permission) ||
      impliedGroups(subject).some((key) => holdsDirectly(key, scope, permission)),
    pathsOf: (key, scope, permission) => pathsOf(powerOf(key), scope, permission, permissionsOfRole),
  };
}

/** Keys of the groups that the API server puts a subject into. */
export function impliedGroups(subject: Subject): string[] {
  const { groups } = userInfoOf(subject);
  const own = subject.kind === "Group" ? subject.name : undefined;
  return groups.filter((group) => group !== own && group !== "").map((name) => `Group ${name}`);
}

function collectPower(
  state: RbacState,
  key: string,
  permissionsOfRole: (role: Role) => PermissionSet,
): Power | undefined {
  const bindings = state.bindingsBySubject.get(key);
  const subject = bindings?.[0]?.subjects.find((one) => subjectKey(one) === key);
  if (bindings === undefined || subject === undefined) return undefined;
  const grants = bindings.flatMap((binding) => {
    const role = state.roleOf(binding);
    return role === undefined ? [] : [{ binding, role }];
  });
  const parts = new Map<string, PermissionSet[]>();
  for (const { binding, role } of grants) {
    const set = permissionsOfRole(role);
    const list = parts.get(binding.namespace);
    if (list === undefined) parts.set(binding.namespace, [set]);
    else list.push(set);
  }
  const scopes = new Map([...parts].map(([scope, sets]) => [scope, unite(scope, sets)] as const));
  return { subject: canonicalSubject(subject), scopes, grants };
}

/** Paths have no namespace, so a RoleBinding grants none. */
function unite(scope: string, sets: readonly PermissionSet[]): PermissionSet {
  const [first] = sets;
  if (first !== undefined && sets.length === 1 && scope === "") return first;
  const all = sets.flatMap((set) => [...set]);
  return new PermissionSet(scope === "" ? all : all.filter(({ url }) => url === ""));
}

function pathsOf(
  power: Power | undefined,
  scope: string,
  permission: Permission,
  permissionsOfRole: (role: Role) => PermissionSet,
): Path[] {
  const key = permissionKey(permission);
  return (power?.grants ?? [])
    .filter(({ binding, role }) => binding.namespace === scope && permissionsOfRole(role).has(key))
    .map(({ binding, role }) => pathOf(binding, role));
}

export function pathOf(binding: Binding, role: Role): Path {
  return {
    binding: describeObject(binding),
    role: describeObject(role),
    origin: binding.origin,
    roleOrigin: role.origin,
  };
}
