import type { PolicyRule } from "#contract";
import type { KubernetesObject } from "../render/index.ts";

/** What one subject may do in one place, by one role. */
export interface Permission {
  /** `<namespace>/<ServiceAccount>`, or the name of a user or group. */
  readonly subject: string;
  /** `cluster`, or `namespace <name>`. */
  readonly where: string;
  /** `Role edgeagent`, `ClusterRole system:auth-delegator` */
  readonly role: string;
  /** One line per rule, such as `list, watch pods`. */
  readonly rules: readonly string[];
}

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** ClusterRoles of Kubernetes itself that a stack may bind. */
const wellKnown: Readonly<Record<string, readonly string[]>> = {
  "system:auth-delegator": [
    "create tokenreviews.authentication.k8s.io",
    "create subjectaccessreviews.authorization.k8s.io",
  ],
};

/** Who may do what, by the RBAC objects of a rendering, in the order of subjects and places. */
export function listPermissions(objects: readonly KubernetesObject[]): readonly Permission[] {
  const permissions = objects
    .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
    .flatMap((binding) => {
      const { roleRef, subjects = [] } = binding as unknown as {
        roleRef: { kind: string; name: string };
        subjects?: readonly Subject[];
      };
      const { namespace } = binding.metadata;
      const rules = rulesOf(objects, roleRef, namespace);
      return subjects.map((subject) => ({
        subject: subjectName(subject),
        where: namespace === undefined ? "cluster" : `namespace ${namespace}`,
        role: `${roleRef.kind} ${roleRef.name}`,
        rules,
      }));
    });
  return permissions.toSorted((a, b) => compare(sortKey(a), sortKey(b)));
}

function rulesOf(
  objects: readonly KubernetesObject[],
  roleRef: { readonly kind: string; readonly name: string },
  namespace: string | undefined,
): readonly string[] {
  const role = objects.find(
    ({ kind, metadata }) =>
      kind === roleRef.kind &&
      metadata.name === roleRef.name &&
      (kind === "ClusterRole" || metadata.namespace === namespace),
  );
  if (role === undefined) return wellKnown[roleRef.name] ?? ["(not part of the stack)"];
  return ((role.rules ?? []) as readonly PolicyRule[]).map(describeRule);
}

function describeRule({ verbs, apiGroups, resources, resourceNames = [] }: PolicyRule): string {
  const targets = apiGroups.flatMap((group) => resources.map((name) => (group === "" ? name : `${name}.${group}`)));
  const names = resourceNames.length > 0 ? ` named ${resourceNames.join(", ")}` : "";
  return `${verbs.join(", ")} ${targets.join(", ")}${names}`;
}

function subjectName({ kind, name, namespace }: Subject): string {
  return kind === "ServiceAccount" ? `${namespace ?? "?"}/${name}` : `${kind} ${name}`;
}

function sortKey({ subject, where, role }: Permission): string {
  return [subject, where === "cluster" ? "0" : where, role].join("\0");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
