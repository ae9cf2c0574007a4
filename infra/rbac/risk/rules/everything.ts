import { type PermissionRule, pages } from "../rule.ts";

export const everything: PermissionRule = {
  id: "everything",
  title: "every verb on every resource",
  severity: "critical",
  namespaced: "high",
  why: "Whoever holds it owns the cluster, or the namespace: it includes all that exists and all that will be added later.",
  source: `${pages.goodPractices}#least-privilege`,
  fix: "Grant the verbs and resources that are used; the API server's audit log names them.",
  matches: (permission) => permission.verb === "*" && permission.group === "*" && permission.resource === "*",
};
