import { lets, type PermissionRule, pages } from "../rule.ts";

export const secretsRead: PermissionRule = {
  id: "secrets-read",
  title: "reading Secrets",
  severity: "critical",
  namespaced: "high",
  why: "get, list and watch all show a Secret's content. Tokens of ServiceAccounts among them hand over what those may do.",
  source: `${pages.goodPractices}#listing-secrets`,
  fix: "Name the Secret in resourceNames and grant get alone, or mount it into the pod.",
  matches: (permission) => lets(permission, ["get", "list", "watch"], "", ["secrets"]),
};
