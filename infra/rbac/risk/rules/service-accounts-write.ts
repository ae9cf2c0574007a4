import { lets, type PermissionRule, pages, write } from "../rule.ts";

export const serviceAccountsWrite: PermissionRule = {
  id: "service-accounts-write",
  title: "writing ServiceAccounts",
  severity: "medium",
  namespaced: "low",
  why: "Annotations of a ServiceAccount choose its identity at cloud providers, and a new one of an old name takes over its bindings.",
  source: `${pages.goodPractices}#privilege-escalation-risks`,
  fix: "Leave ServiceAccounts with rights to the deployment pipeline.",
  matches: (permission) => lets(permission, write, "", ["serviceaccounts"]),
};
