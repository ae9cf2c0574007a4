import { type PermissionRule, pages } from "../rule.ts";

/**
 * What reaches everything, and what will reach things that do not exist yet. These look at the form of a permission: a
 * table of verbs and resources cannot say "a wildcard".
 */
export const wildcardRules: readonly PermissionRule[] = [
  {
    id: "everything",
    title: "every verb on every resource",
    severity: "critical",
    namespaced: "high",
    why: "Whoever holds it owns the cluster, or the namespace: it includes all that exists and all that will be added later.",
    source: `${pages.goodPractices}#least-privilege`,
    fix: "Grant the verbs and resources that are used; the API server's audit log names them.",
    cis: ["5.1.1", "5.1.3"],
    mitre: ["T1098.006"],
    leadsTo: "accounts",
    shape: (permission) => permission.verb === "*" && permission.group === "*" && permission.resource === "*",
  },
  {
    id: "wildcard",
    title: "a wildcard in verbs, groups or resources",
    severity: "medium",
    namespaced: "low",
    why: "A wildcard includes resources, subresources and verbs that do not exist yet, such as those of a later API version.",
    source: `${pages.goodPractices}#least-privilege`,
    fix: "List the verbs and resources one by one.",
    cis: ["5.1.3"],
    shape: (permission) =>
      permission.url === "" &&
      [permission.verb, permission.group, permission.resource].some((word) => word.startsWith("*")) &&
      ![permission.verb, permission.group, permission.resource].every((word) => word === "*"),
  },
  {
    id: "wildcard-paths",
    title: "a wildcard in non-resource URLs",
    severity: "medium",
    why: "All paths include /debug/pprof, /logs and /metrics of the API server, which tell about its memory and its users.",
    source: `${pages.rbac}#referring-to-resources`,
    fix: "List the paths, such as /livez and /version.",
    cis: ["5.1.3"],
    mitre: ["T1613"],
    shape: (permission) => permission.url === "*" || permission.url === "/*",
  },
];
