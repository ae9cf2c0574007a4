import { lets, type PermissionRule, pages } from "../rule.ts";

export const namespacesWrite: PermissionRule = {
  id: "namespaces-write",
  title: "changing Namespaces",
  severity: "high",
  namespaced: "high",
  why: "Labels of a namespace choose its Pod Security level, and which NetworkPolicies and webhooks apply to it.",
  source: `${pages.goodPractices}#namespace-modification`,
  fix: "Leave labels of namespaces to the administrators.",
  matches: (permission) => lets(permission, ["update", "patch"], "", ["namespaces"]),
};
