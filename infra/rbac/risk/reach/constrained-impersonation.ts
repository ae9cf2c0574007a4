import { createHash } from "node:crypto";
import type { Role } from "../../model/objects.ts";
import { forAllNames, type Permission, permissionKey, unnamed } from "../../model/permission.ts";
import type { PowerIndex } from "../../model/power.ts";
import { type Subject, subjectKey } from "../../model/subject.ts";
import { allows } from "../allows.ts";
import { write } from "../rule.ts";
import { type HeldRole, type Holder, subjectHolder } from "./holder.ts";

/**
 * Constrained impersonation has two halves: `impersonate:MODE` on somebody, and `impersonate-on:MODE:VERB` on what is done
 * as them. The modes are those of the API server's impersonation filter.
 */
export const modes = {
  "user-info": ["users", "groups"],
  serviceaccount: ["serviceaccounts"],
  "arbitrary-node": ["nodes"],
  "associated-node": ["nodes"],
} as const;
export type Mode = keyof typeof modes;

const authentication = "authentication.k8s.io";

/** Whether a permission is the first half, on one kind of identity. */
export const actsAs = (mode: Mode, resource: string) => (permission: Permission) =>
  allows(permission, [`impersonate:${mode}`], authentication, [resource]);

/** What may be done as others. */
export interface Actions {
  /** Equal for equal actions. */
  readonly key: string;
  readonly list: readonly Action[];
}

export interface Action {
  /** Namespace in which it counts; empty: everywhere. */
  readonly scope: string;
  /** As the rule grants it. */
  readonly granted: Permission;
  /** What the impersonated one must be allowed as well. */
  readonly done: Permission;
}

const known = new WeakMap<Holder, Map<Mode, Actions>>();

/** The second half, as far as the holder has it. */
export function actionsOf(index: PowerIndex, holder: Holder, mode: Mode): Actions {
  const ofHolder = known.get(holder) ?? new Map<Mode, Actions>();
  known.set(holder, ofHolder);
  const actions = ofHolder.get(mode) ?? findActions(index, holder, mode);
  ofHolder.set(mode, actions);
  return actions;
}

function findActions(index: PowerIndex, { roles }: Holder, mode: Mode): Actions {
  const prefix = `impersonate-on:${mode}:`;
  const list = new Map<string, Action>();
  for (const { role, scope } of roles) {
    for (const granted of index.permissionsOfRole(role)) {
      if (granted.url !== "" || !(granted.verb === "*" || granted.verb.startsWith(prefix))) continue;
      const done = granted.verb === "*" ? granted : { ...granted, verb: granted.verb.slice(prefix.length) };
      list.set(`${scope}\n${permissionKey(granted)}`, { scope, granted: forAllNames(granted), done });
    }
  }
  // It becomes a part of very many keys.
  const text = JSON.stringify([mode, ...[...list.keys()].sort()]);
  return { key: createHash("sha256").update(text).digest("hex"), list: [...list.values()] };
}

/** What somebody may do, as roles in scopes. */
export function rolesOfSubject(index: PowerIndex, subject: Subject): readonly HeldRole[] {
  return subjectHolder(index, subjectKey(subject), subject).roles;
}

/**
 * The node authorizer lets a node read what its pods use, and take their ServiceAccounts' tokens. Which pods those are no
 * manifest says.
 */
export const rolesOfNode: readonly HeldRole[] = [
  {
    scope: "",
    role: roleOf([
      { verb: "create", group: "", resource: "serviceaccounts/token", name: "", url: "" },
      ...["get", "list", "watch"].map((verb) => ({ verb, group: "", resource: "secrets", name: "", url: "" })),
    ]),
  },
];

/**
 * What of somebody's roles comes to whoever may do some things as them: these things, where both may. Who writes roles or
 * bindings as them hands on all that they have in that scope, as the API server asks about their rights, not the writer's.
 */
export function borrowed(index: PowerIndex, roles: readonly HeldRole[], actions: Actions): readonly HeldRole[] {
  // So many are hardly a limit, and would take long to compare.
  if (actions.list.length > maxActions) return roles;
  const byScope = new Map<string, Permission[]>();
  const handedOn = new Set<string>();
  for (const held of roles) {
    for (const { scope, permission } of commonWith(index, held.role, actions)) {
      const place = scopeOfBoth(scope, held.scope);
      if (place === undefined) continue;
      const list = byScope.get(place) ?? [];
      byScope.set(place, list);
      list.push(permission);
      if (writesAccess(permission, place)) handedOn.add(place);
    }
  }
  return [
    ...[...byScope].map(([scope, permissions]) => ({ scope, role: roleOf(permissions) })),
    ...[...handedOn].flatMap((place) =>
      roles.flatMap(({ role, scope }) => {
        const where = scopeOfBoth(place, scope);
        return where === undefined ? [] : [{ role, scope: where }];
      }),
    ),
  ];
}

const maxActions = 1000;

interface Common {
  readonly scope: string;
  readonly permission: Permission;
}

/** Roles are mostly held by more than one. */
const commonByRole = new WeakMap<Role, Map<string, readonly Common[]>>();

function commonWith(index: PowerIndex, role: Role, { key, list }: Actions): readonly Common[] {
  const ofRole = commonByRole.get(role) ?? new Map<string, readonly Common[]>();
  commonByRole.set(role, ofRole);
  const found =
    ofRole.get(key) ??
    [...index.permissionsOfRole(role)].flatMap((own) =>
      list.flatMap(({ scope, done }) => {
        const permission = common(done, own);
        return permission === undefined ? [] : [{ scope, permission }];
      }),
    );
  ofRole.set(key, found);
  return found;
}

const rbac = "rbac.authorization.k8s.io";

function writesAccess(permission: Permission, scope: string): boolean {
  const everywhere = scope === "" ? ["clusterroles", "clusterrolebindings"] : [];
  return allows(permission, write, rbac, ["roles", "rolebindings", ...everywhere]);
}

function scopeOfBoth(a: string, b: string): string | undefined {
  if (a === "" || b === "" || a === b) return a || b;
  return undefined;
}

/** What two permissions both allow. */
function common(a: Permission, b: Permission): Permission | undefined {
  if (a.url !== "" || b.url !== "") return undefined;
  const verb = word(a.verb, b.verb);
  const group = word(a.group, b.group);
  const resource = resourceOfBoth(a.resource, b.resource);
  const name = a.name === "" || b.name === "" || a.name === b.name ? a.name || b.name : undefined;
  if (verb === undefined || group === undefined || resource === undefined || name === undefined) return undefined;
  return { verb, group, resource, name, url: "" };
}

function word(a: string, b: string): string | undefined {
  if (a === b || b === "*") return a;
  return a === "*" ? b : undefined;
}

function resourceOfBoth(a: string, b: string): string | undefined {
  const either = word(a, b);
  if (either !== undefined) return either;
  if (a.startsWith("*/") && b.endsWith(a.slice(1))) return b;
  return b.startsWith("*/") && a.endsWith(b.slice(1)) ? a : undefined;
}

/** A role that no object is. */
function roleOf(permissions: readonly Permission[]): Role {
  return {
    kind: "Role",
    namespace: "",
    name: unnamed,
    labels: {},
    origin: {},
    rules: permissions.map(({ verb, group, resource, name }) => ({
      verbs: [verb],
      apiGroups: [group],
      resources: [resource],
      resourceNames: name === "" ? [] : [name === unnamed ? "" : name],
      nonResourceURLs: [],
    })),
  };
}
