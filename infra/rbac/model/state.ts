import { type Aggregation, aggregate } from "./aggregation.ts";
import { overlay } from "./apply.ts";
import {
  type Binding,
  type ClusterObjects,
  describeObject,
  type PolicyRule,
  type Role,
  type Unresolved,
} from "./objects.ts";
import { subjectKey } from "./subject.ts";

/** The access control of one cluster, indexed for questions. */
export interface RbacState {
  readonly cluster: string;
  readonly objects: ClusterObjects;
  readonly roles: readonly Role[];
  readonly bindings: readonly Binding[];
  /** By {@link subjectKey}. */
  readonly bindingsBySubject: ReadonlyMap<string, readonly Binding[]>;
  readonly unresolved: readonly Unresolved[];
  /** The role that a binding refers to, or undefined when it is missing. */
  roleOf(binding: Binding): Role | undefined;
  /** Whether the API server makes a binding itself, and its role too, which nobody has changed. */
  isOfServer(binding: Binding): boolean;
  /** The role's rules as the authorizer has them: for an aggregated role those that aggregation yields. */
  rulesOf(role: Role): readonly PolicyRule[];
}

const nothing: ClusterObjects = {
  cluster: "",
  roles: [],
  bindings: [],
  serviceAccounts: [],
  workloads: [],
  tokenSecrets: [],
  unresolved: [],
  complete: true,
};

export interface StateOptions {
  /**
   * Whether aggregation, and which roles are missing, is worked out although the objects list the whole cluster: they are
   * what it will have, which its controllers have not seen yet. @default false
   */
  readonly planned?: boolean;
}

/**
 * Indexes what a source says about a cluster.
 *
 * @param builtin objects that the API server makes itself; an object of the source with the same name wins
 */
export function indexState(
  objects: ClusterObjects,
  builtin: ClusterObjects,
  { planned = false }: StateOptions = {},
): RbacState {
  const isSettled = objects.complete && !planned;
  const added = objects.complete ? nothing : builtin;
  const roles = overlay(added.roles, objects.roles, describeObject);
  const bindings = overlay(added.bindings, objects.bindings, describeObject);
  const byName = new Map(roles.map((role) => [describeObject(role), role]));
  const clusterRoles = roles.filter((role) => role.kind === "ClusterRole");
  const aggregation: Aggregation = isSettled ? { rules: new Map(), cycles: [] } : aggregate(clusterRoles);
  const roleOf = ({ roleRef, namespace }: Binding) =>
    byName.get(describeObject({ ...roleRef, namespace: roleRef.kind === "Role" ? namespace : "" }));
  const ofServer = new Map(added.roles.map((role) => [describeObject(role), JSON.stringify(role.rules)]));
  const isUnchanged = (role: Role) =>
    role.origin.builtin === true || ofServer.get(describeObject(role)) === JSON.stringify(role.rules);
  const missing = bindings.filter((binding) => binding.origin.builtin !== true && roleOf(binding) === undefined);
  return {
    cluster: objects.cluster,
    objects,
    roles,
    bindings,
    bindingsBySubject: indexBySubject(bindings),
    unresolved: [
      ...objects.unresolved,
      ...(isSettled ? [] : missing.map(missingRole)),
      ...aggregation.cycles.map(cycle),
    ],
    roleOf,
    isOfServer(binding) {
      const role = binding.origin.builtin === true ? roleOf(binding) : undefined;
      return role !== undefined && isUnchanged(role);
    },
    rulesOf: (role) => (role.kind === "ClusterRole" ? (aggregation.rules.get(role.name) ?? role.rules) : role.rules),
  };
}

function indexBySubject(bindings: readonly Binding[]): Map<string, Binding[]> {
  const index = new Map<string, Binding[]>();
  for (const binding of bindings) {
    for (const key of new Set(binding.subjects.map(subjectKey))) {
      const list = index.get(key);
      if (list === undefined) index.set(key, [binding]);
      else list.push(binding);
    }
  }
  return index;
}

/** In a live cluster a missing role grants nothing; in other sources it may stand elsewhere. */
function missingRole(binding: Binding): Unresolved {
  const role = describeObject({
    ...binding.roleRef,
    namespace: binding.roleRef.kind === "Role" ? binding.namespace : "",
  });
  return {
    reason: "missing-role",
    object: describeObject(binding),
    path: "roleRef",
    detail: `refers to ${role}, which does not stand in this input`,
    // The same unknown role in more hands, or in other places, is more access.
    identity: JSON.stringify([
      "missing",
      role,
      binding.namespace,
      [...new Set(binding.subjects.map(subjectKey))].sort(),
    ]),
    origin: binding.origin,
  };
}

function cycle(names: readonly string[]): Unresolved {
  return {
    reason: "aggregation-cycle",
    object: names.map((name) => `ClusterRole ${name}`).join(", "),
    path: "aggregationRule",
    detail:
      "take over each other's rules in a circle, so which of their own rules stay depends on timing; all are counted",
    identity: `cycle ${names.join(" ")}`,
    origin: {},
  };
}
