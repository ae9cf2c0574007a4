import { lets, type PermissionRule, pages, write } from "../rule.ts";

export const secretsWrite: PermissionRule = {
  id: "secrets-write",
  title: "writing Secrets",
  severity: "high",
  namespaced: "medium",
  why: "A Secret of type service-account-token is filled in with a lasting token of any ServiceAccount of its namespace.",
  source: `${pages.goodPractices}#privilege-escalation-risks`,
  fix: "Let the component that owns the Secret write it, by resourceNames.",
  matches: (permission) => lets(permission, write, "", ["secrets"]),
};
