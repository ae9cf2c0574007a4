import { lets, type PermissionRule, pages } from "../rule.ts";

export const escalate: PermissionRule = {
  id: "escalate",
  title: "the verb escalate",
  severity: "critical",
  namespaced: "high",
  why: "It lifts the check that nobody grants more than they hold: the holder may write any role.",
  source: `${pages.goodPractices}#escalate-verb`,
  fix: "Let a deployment identity hold the permissions that it grants, instead of this verb.",
  matches: (permission) => lets(permission, ["escalate"], "rbac.authorization.k8s.io", ["roles", "clusterroles"]),
};
