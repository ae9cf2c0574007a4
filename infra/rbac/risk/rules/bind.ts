import { lets, type PermissionRule, pages } from "../rule.ts";

export const bind: PermissionRule = {
  id: "bind",
  title: "the verb bind",
  severity: "critical",
  namespaced: "high",
  why: "It lets bind a role that the holder does not have, cluster-admin for one.",
  source: `${pages.goodPractices}#bind-verb`,
  fix: "Limit it by resourceNames to the roles that are to be bound.",
  sensitiveNames: ["cluster-admin"],
  matches: (permission) => lets(permission, ["bind"], "rbac.authorization.k8s.io", ["roles", "clusterroles"]),
};
