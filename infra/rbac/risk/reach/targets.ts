import type { Role } from "../../model/objects.ts";
import { forAllNames, type Permission } from "../../model/permission.ts";
import { mastersGroup } from "../../model/subject.ts";
import { allows } from "../allows.ts";
import type { Match } from "../matches.ts";
import { type LeadsTo, write } from "../rule.ts";
import { borrowedSteps } from "./borrowed-steps.ts";
import { type Holder, heldIn, scopesWith } from "./holder.ts";
import { doing, type Question, type Step, type TargetContext } from "./question.ts";
import type { Sets } from "./sets.ts";

/** Whom a permission leads its holder to, as the API server, the kubelet and the controllers have it. */
export function stepsOf(context: TargetContext, holder: Holder, { rule, permission }: Match, scope: string): Step[] {
  if (rule.leadsTo === undefined || permission.url !== "") return [];
  return finders[rule.leadsTo]({ context, holder, permission: forAllNames(permission), scope });
}

const rbac = "rbac.authorization.k8s.io";
const certificates = "certificates.k8s.io";

const finders: Readonly<Record<LeadsTo, (question: Question) => Step[]>> = {
  accounts: ({ context: { sets }, permission, scope }) => [{ to: sets.accounts(scope), by: doing(scope, permission) }],

  tokens: ({ context: { sets }, permission, scope }) =>
    accountsCalled(sets, scope, permission.name).map((to) => ({ to, by: doing(scope, permission) })),

  pods: ({ context: { sets }, permission, scope }) =>
    sets.pod(scope, permission.name).map((to) => ({ to, by: doing(scope, permission) })),

  "token-secrets"({ context: { sets, index }, holder, permission, scope }) {
    const making = heldIn(index, holder, scope, (one) => isMadeAndRead(one, permission));
    const { name } = permission;
    const held = name === "" ? [sets.tokenSecrets(scope)] : sets.tokenSecretNamed(scope, name);
    return [
      ...held.map((to) => ({ to, by: doing(scope, permission) })),
      ...(making === undefined ? [] : [{ to: sets.accounts(scope), by: doing(scope, making, permission) }]),
    ];
  },

  "made-token-secrets"({ context: { sets, index }, holder, permission, scope }) {
    if (!allows(permission, ["create"], "", ["secrets"])) return [];
    const reading = heldIn(index, holder, scope, (one) => isRead(one) && isMadeAndRead(permission, one));
    return reading === undefined ? [] : [{ to: sets.accounts(scope), by: doing(scope, permission, reading) }];
  },

  impersonated: (question) => [
    ...impersonatedAccounts(question),
    ...impersonatedUsers(question),
    ...impersonatedGroups(question),
  ],

  borrowed: borrowedSteps,

  "bindable-roles": (question) => [...bindableClusterRoles(question), ...bindableRoles(question)],

  "own-roles": (question) => [...ownRoles(question, "ClusterRole"), ...ownRoles(question, "Role")],

  certificates({ context: { sets, index }, holder, permission, scope }) {
    if (scope !== "") return [];
    const needed = [asksForCertificate, approves, isSigner].map((test) => heldIn(index, holder, "", test));
    const all = needed.filter((one) => one !== undefined);
    return all.length < needed.length ? [] : [{ to: sets.certified(), by: doing("", permission, ...all) }];
  },
};

function accountsCalled(sets: Sets, scope: string, name: string): number[] {
  if (name === "") return [sets.accounts(scope)];
  return scope === "" ? sets.accountsNamed(name) : sets.account(scope, name);
}

const isRead = (permission: Permission) => allows(permission, ["get", "list", "watch"], "", ["secrets"]);

/** Whether a Secret can be made and then read. A name in one of both leaves the other to fit. */
function isMadeAndRead(making: Permission, reading: Permission): boolean {
  const fits = making.name === "" || reading.name === "" || making.name === reading.name;
  return fits && allows(making, ["create"], "", ["secrets"]);
}

const impersonates = (resource: string) => (permission: Permission) =>
  allows(permission, ["impersonate"], "", [resource]);

function impersonatedAccounts({ context: { sets }, permission, scope }: Question): Step[] {
  if (!impersonates("serviceaccounts")(permission)) return [];
  return accountsCalled(sets, scope, permission.name).map((to) => ({ to, by: doing(scope, permission) }));
}

function impersonatedUsers({ context: { sets }, permission, scope }: Question): Step[] {
  if (scope !== "" || !impersonates("users")(permission)) return [];
  const { name } = permission;
  // ServiceAccounts are asked for as such, even when they are given as users.
  if (name.startsWith("system:serviceaccount:")) return [];
  const nodes = name === "" ? [sets.users()] : sets.subject(`User ${name}`);
  return nodes.map((to) => ({ to, by: doing("", permission) }));
}

/** Groups are impersonated together with a user, so that one of these must be allowed as well. */
function impersonatedGroups({ context: { sets, index }, holder, permission, scope }: Question): Step[] {
  if (scope !== "" || !impersonates("groups")(permission)) return [];
  const isUser = (one: Permission) => impersonates("users")(one) || impersonates("serviceaccounts")(one);
  const [where] = scopesWith(index, holder, isUser);
  const user = where === undefined ? undefined : heldIn(index, holder, where, isUser);
  if (user === undefined) return [];
  const { name } = permission;
  const nodes =
    name === "" ? [sets.groups()] : name === mastersGroup ? [sets.masters()] : sets.subject(`Group ${name}`);
  return nodes.map((to) => ({ to, by: doing("", permission, user) }));
}

const writesBindings = (kind: string) => (permission: Permission) => allows(permission, write, rbac, [kind]);

function bindableClusterRoles({ context, holder, permission, scope }: Question): Step[] {
  if (!allows(permission, ["bind"], rbac, ["clusterroles"])) return [];
  const { index, sets } = context;
  const role = sets.roleNamed("ClusterRole", "", permission.name);
  const at = (place: string, binding: Permission): Step[] => {
    const by = doing(place, permission, binding);
    if (permission.name === "") return [{ to: context.everythingIn(place), by }];
    return role === undefined ? [] : [{ to: context.roleIn(role, place), by }];
  };
  const everywhere = scope === "" ? heldIn(index, holder, "", writesBindings("clusterrolebindings")) : undefined;
  return [
    ...(everywhere === undefined ? [] : at("", everywhere)),
    ...bindingScopes({ context, holder, permission, scope }).flatMap(([place, binding]) => at(place, binding)),
  ];
}

function bindableRoles(question: Question): Step[] {
  const { context, permission } = question;
  if (!allows(permission, ["bind"], rbac, ["roles"])) return [];
  return bindingScopes(question).flatMap(([place, binding]) => {
    const by = doing(place, permission, binding);
    if (permission.name === "")
      return [{ to: context.sets.rolesOf(place, (role) => context.roleIn(role, role.namespace)), by }];
    const role = context.sets.roleNamed("Role", place, permission.name);
    return role === undefined ? [] : [{ to: context.roleIn(role, place), by }];
  });
}

/** Where the holder may write RoleBindings to what it may bind. */
function bindingScopes({ context: { index }, holder, scope }: Question): [scope: string, binding: Permission][] {
  const test = writesBindings("rolebindings");
  const scopes = scope === "" ? scopesWith(index, holder, test) : [scope];
  return scopes.flatMap((place) => {
    const binding = heldIn(index, holder, place, test);
    return binding === undefined ? [] : [[place, binding] as [string, Permission]];
  });
}

/** With the verb escalate, a role may be given more than its writer has: one's own becomes everything. */
function ownRoles({ context, holder, permission, scope }: Question, kind: Role["kind"]): Step[] {
  const resource = kind === "Role" ? "roles" : "clusterroles";
  if ((kind === "ClusterRole" && scope !== "") || !allows(permission, ["escalate"], rbac, [resource])) return [];
  const isNamed = (name: string, { name: allowed }: Permission) => allowed === "" || allowed === name;
  return holder.roles.flatMap(({ role, scope: place }) => {
    if (role.kind !== kind || !isNamed(role.name, permission)) return [];
    if (kind === "Role" && scope !== "" && scope !== role.namespace) return [];
    const changing = heldIn(
      context.index,
      holder,
      role.namespace,
      (one) => allows(one, ["update", "patch"], rbac, [resource]) && isNamed(role.name, one),
    );
    if (changing === undefined) return [];
    return [{ to: context.everythingIn(place), by: doing(role.namespace, permission, changing) }];
  });
}

const asksForCertificate = (permission: Permission) =>
  allows(permission, ["create"], certificates, ["certificatesigningrequests"]);
const approves = (permission: Permission) =>
  allows(permission, ["update", "patch"], certificates, ["certificatesigningrequests/approval"]);
const clientSigners = ["", "kubernetes.io/kube-apiserver-client", "kubernetes.io/*"];
const isSigner = (permission: Permission) =>
  allows(permission, ["approve"], certificates, ["signers"]) && clientSigners.includes(permission.name);
