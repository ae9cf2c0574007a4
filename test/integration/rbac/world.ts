import fc from "fast-check";
import type { AccessRequest } from "../../../infra/rbac/model/rule-matching.ts";
import { parseSubject, type Subject, serviceAccountUser } from "../../../infra/rbac/model/subject.ts";

/** Label of every generated object, so that all can be deleted at once. */
export const testLabel = { "iotedge.dev/test": "rbac-equivalence" };

/** A set of RBAC objects in two namespaces of its own, the subjects that it grants to, and questions about them. */
export interface World {
  readonly namespaces: readonly string[];
  readonly objects: readonly RbacManifest[];
  readonly questions: readonly Question[];
}

export interface RbacManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: object };
}

export interface Question {
  readonly subject: Subject;
  readonly request: AccessRequest;
}

const apiVersion = "rbac.authorization.k8s.io/v1";
const some = <T>(values: readonly T[], max = 3) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: max });

// Few words, so that rules and questions meet often; odd ones, so that every branch of the authorizer is met.
const verbs = ["get", "list", "create", "delete", "*"];
const groups = ["", "apps", "example.io", "*"];
const resources = [
  "pods",
  "pods/log",
  "*/log",
  "*",
  "pods/*",
  "deployments",
  "deployments/scale",
  "*/scale",
  "log",
  "*/",
];
const names = ["a", "b", "*", ""];
const urls = ["/metrics", "/metrics/*", "/met*", "*", "/*", "/logs/**", "/logs*x"];
const askedPaths = ["/metrics", "/metrics/", "/metrics/a", "/met", "/logs/a", "/logs*x", "/logs", "*", "/"];

const resourceRule = fc.record(
  {
    verbs: some(verbs),
    apiGroups: some(groups, 2),
    resources: some(resources),
    resourceNames: fc.option(some(names, 2), { nil: [], freq: 2 }),
  },
  { requiredKeys: ["verbs", "apiGroups", "resources"] },
);
const pathRule = fc.record({ verbs: some(["get", "post", "*"], 2), nonResourceURLs: some(urls, 2) });
const namespacedRules = fc.array(resourceRule, { maxLength: 4 });
const clusterRules = fc.array(fc.oneof({ weight: 3, arbitrary: resourceRule }, pathRule), { maxLength: 4 });

/** Worlds differ in their prefix, so that all of them can stand in one API server. */
export function worldArbitrary(prefix: string, questions: number): fc.Arbitrary<World> {
  const namespaces = [`${prefix}-x`, `${prefix}-y`];
  const subjects = subjectsOf(prefix, namespaces);
  const roleNames = [1, 2, 3].map((number) => `${prefix}-role-${number}`);
  const clusterNames = [1, 2, 3, 4, 5].map((number) => `${prefix}-cluster-${number}`);
  return fc.record({
    namespaces: fc.constant(namespaces),
    objects: fc
      .tuple(
        ...clusterNames.map((name, index) => (index < 3 ? clusterRole(prefix, name) : aggregatedRole(prefix, name))),
        ...namespaces.flatMap((namespace) => roleNames.slice(1).map((name) => role(namespace, name))),
        ...namespaces.flatMap((namespace) =>
          [1, 2, 3, 4, 5, 6].map((number) =>
            roleBinding(`binding-${number}`, namespace, roleNames, clusterNames, subjects),
          ),
        ),
        ...[1, 2, 3].map((number) => clusterRoleBinding(`${prefix}-binding-${number}`, clusterNames, subjects)),
      )
      .map((objects) => objects as RbacManifest[]),
    questions: fc.array(question(subjects, namespaces), { minLength: questions, maxLength: questions }),
  });
}

/** Groups that hold every ServiceAccount or every user would make nearly every answer yes, so they are not bound here. */
function subjectsOf(prefix: string, namespaces: readonly string[]): readonly Subject[] {
  const accounts = namespaces.map((namespace) => ({ kind: "ServiceAccount" as const, namespace, name: "robot" }));
  return [
    ...accounts,
    { kind: "User", namespace: "", name: `${prefix}-alice` },
    { kind: "User", namespace: "", name: serviceAccountUser(namespaces[0] ?? "", "robot") },
    { kind: "Group", namespace: "", name: `${prefix}-team` },
    { kind: "Group", namespace: "", name: `system:serviceaccounts:${namespaces[1]}` },
  ];
}

const clusterRole = (prefix: string, name: string) =>
  fc.record({ rules: clusterRules, aggregate: fc.constantFrom("one", "two", "none") }).map(({ rules, aggregate }) => ({
    apiVersion,
    kind: "ClusterRole",
    metadata: labelled(name, prefix, aggregate),
    rules,
  }));

/**
 * Aggregated roles may choose each other. Those that may be in a circle state no rules of their own, as what becomes of
 * these is a matter of timing: see `Aggregation.cycles`. The fourth may be a link of a chain, the fifth its end.
 */
const aggregatedRole = (prefix: string, name: string) =>
  fc
    .record({
      rules: clusterRules,
      aggregate: fc.constantFrom("one", "two", name.endsWith("4") ? "chain" : "none"),
      chosen: some(["one", "two"], 2),
    })
    .map(({ rules, aggregate, chosen }) => ({
      apiVersion,
      kind: "ClusterRole",
      metadata: labelled(name, prefix, aggregate),
      rules: aggregate === "none" || aggregate === "chain" ? rules : [],
      aggregationRule: {
        clusterRoleSelectors: [...chosen, ...(aggregate === "none" ? ["chain"] : [])].map((value) =>
          value === "one"
            ? { matchLabels: { [`${prefix}/aggregate`]: value } }
            : { matchExpressions: [{ key: `${prefix}/aggregate`, operator: "In", values: [value] }] },
        ),
      },
    }));

const labelled = (name: string, prefix: string, aggregate: string) => ({
  name,
  labels: { ...testLabel, [`${prefix}/aggregate`]: aggregate },
});

const role = (namespace: string, name: string) =>
  namespacedRules.map((rules) => ({
    apiVersion,
    kind: "Role",
    metadata: { name, namespace, labels: testLabel },
    rules,
  }));

const roleBinding = (
  name: string,
  namespace: string,
  roles: readonly string[],
  clusterRoles: readonly string[],
  subjects: readonly Subject[],
) =>
  fc
    .record({
      roleRef: fc.oneof(
        fc.constantFrom(...roles).map((role) => ({ kind: "Role", name: role })),
        fc.constantFrom(...clusterRoles, "view").map((role) => ({ kind: "ClusterRole", name: role })),
      ),
      subjects: some(subjects),
    })
    .map((content) => binding("RoleBinding", { name, namespace, labels: testLabel }, content));

const clusterRoleBinding = (name: string, clusterRoles: readonly string[], subjects: readonly Subject[]) =>
  fc
    .record({
      roleRef: fc.constantFrom(...clusterRoles).map((role) => ({ kind: "ClusterRole", name: role })),
      subjects: some(subjects, 2),
    })
    .map((content) => binding("ClusterRoleBinding", { name, labels: testLabel }, content));

const binding = (
  kind: string,
  metadata: object,
  { roleRef, subjects }: { roleRef: object; subjects: readonly Subject[] },
) => ({
  apiVersion,
  kind,
  metadata,
  roleRef: { apiGroup: "rbac.authorization.k8s.io", ...roleRef },
  subjects: subjects.map(({ kind, namespace, name }) =>
    namespace === "" ? { kind, name } : { kind, namespace, name },
  ),
});

/** Besides those who are granted something, a stranger and anonymous requests are asked for. */
function question(subjects: readonly Subject[], namespaces: readonly string[]): fc.Arbitrary<Question> {
  const strangers = ["user:stranger", "user:system:anonymous", "group:system:unauthenticated", "sa:default/default"];
  const asked = [
    ...subjects,
    ...subjects,
    ...subjects,
    ...subjects,
    ...strangers.flatMap((text) => parseSubject(text) ?? []),
  ];
  const path = fc.record({ verb: fc.constantFrom("get", "post"), path: fc.constantFrom(...askedPaths) });
  const object = fc.record({
    verb: fc.constantFrom(...verbs),
    group: fc.constantFrom(...groups),
    resource: fc.constantFrom(
      "pods",
      "pods",
      "pods",
      "deployments",
      "deployments",
      "log",
      "*",
      "selfsubjectaccessreviews",
    ),
    subresource: fc.constantFrom("", "", "", "log", "log", "scale", "*"),
    name: fc.constantFrom("", "", "a", "b", "c", "*"),
    namespace: fc.constantFrom("", ...namespaces, ...namespaces, ...namespaces, "default"),
  });
  return fc.record({
    subject: fc.constantFrom(...asked),
    request: fc.oneof({ weight: 6, arbitrary: object }, { weight: 1, arbitrary: path }) as fc.Arbitrary<AccessRequest>,
  });
}
