import { lets, type PermissionRule, pages } from "../rule.ts";

export const tokenRequest: PermissionRule = {
  id: "token-request",
  title: "requesting tokens of ServiceAccounts",
  severity: "critical",
  namespaced: "high",
  why: "It makes valid tokens of any ServiceAccount in scope, of any lifetime that the API server allows.",
  source: `${pages.goodPractices}#token-request`,
  fix: "Limit it by resourceNames to one ServiceAccount, or use a projected token.",
  matches: (permission) => lets(permission, ["create"], "", ["serviceaccounts/token"]),
};
