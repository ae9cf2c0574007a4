import { lets, type PermissionRule, pages } from "../rule.ts";

export const impersonate: PermissionRule = {
  id: "impersonate",
  title: "impersonating others",
  severity: "critical",
  namespaced: "high",
  why: "Requests are made with all that the other one may do; the group system:masters may do everything.",
  source: `${pages.goodPractices}#impersonate-verb`,
  fix: "Limit it by resourceNames to the identities that are meant.",
  sensitiveNames: ["system:masters"],
  matches: (permission) =>
    lets(permission, ["impersonate"], "", ["users", "groups", "serviceaccounts"]) ||
    lets(permission, ["impersonate"], "authentication.k8s.io", [
      "users",
      "groups",
      "serviceaccounts",
      "uids",
      "userextras",
      // The key of what is impersonated, such as `scopes`, stands as the subresource.
      ...(permission.resource.startsWith("userextras/") ? [permission.resource] : []),
    ]),
};
