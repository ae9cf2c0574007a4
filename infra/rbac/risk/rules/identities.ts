import { allows, type PermissionRule, pages } from "../rule.ts";

/** What turns into other rights, or into another identity. */
export const identityRules: readonly PermissionRule[] = [
  {
    id: "escalate",
    title: "the verb escalate",
    severity: "critical",
    namespaced: "high",
    why: "It lifts the check that nobody grants more than they hold: the holder may write any role.",
    source: `${pages.goodPractices}#escalate-verb`,
    fix: "Let a deployment identity hold the permissions that it grants, instead of this verb.",
    leadsTo: "own-roles",
    matches: (permission) => allows(permission, ["escalate"], "rbac.authorization.k8s.io", ["roles", "clusterroles"]),
  },
  {
    id: "bind",
    title: "the verb bind",
    severity: "critical",
    namespaced: "high",
    why: "The holder may bind roles whose permissions it does not have, such as cluster-admin.",
    source: `${pages.goodPractices}#bind-verb`,
    fix: "Limit it by resourceNames to the roles that are to be bound.",
    sensitiveNames: ["cluster-admin"],
    leadsTo: "bindable-roles",
    matches: (permission) => allows(permission, ["bind"], "rbac.authorization.k8s.io", ["roles", "clusterroles"]),
  },
  {
    id: "impersonate",
    title: "impersonating others",
    severity: "critical",
    namespaced: "high",
    why: "Requests are made with all that the other one may do; the group system:masters may do everything.",
    source: `${pages.goodPractices}#impersonate-verb`,
    fix: "Limit it by resourceNames to the identities that are meant.",
    sensitiveNames: ["system:masters"],
    leadsTo: "impersonated",
    matches: (permission) =>
      allows(permission, ["impersonate"], "", ["users", "groups", "serviceaccounts"]) ||
      allows(permission, ["impersonate"], "authentication.k8s.io", [
        "users",
        "groups",
        "serviceaccounts",
        "uids",
        "userextras",
        // The key of what is impersonated, such as `scopes`, stands as the subresource.
        ...(permission.resource.startsWith("userextras/") ? [permission.resource] : []),
      ]),
  },
  {
    id: "token-request",
    title: "requesting tokens of ServiceAccounts",
    severity: "critical",
    namespaced: "high",
    why: "It makes valid tokens of any ServiceAccount in scope, of any lifetime that the API server allows.",
    source: `${pages.goodPractices}#token-request`,
    fix: "Limit it by resourceNames to one ServiceAccount, or use a projected token.",
    leadsTo: "tokens",
    matches: (permission) => allows(permission, ["create"], "", ["serviceaccounts/token"]),
  },
  {
    id: "csr-approve",
    title: "approving or signing certificate requests",
    severity: "critical",
    why: "With a request of one's own it makes a client certificate of any user, which no later change of RBAC takes back.",
    source: `${pages.goodPractices}#csrs-and-certificate-issuing`,
    fix: "Limit signers by resourceNames, and never kubernetes.io/kube-apiserver-client.",
    sensitiveNames: ["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"],
    leadsTo: "certificates",
    matches: (permission) =>
      allows(permission, ["update", "patch"], "certificates.k8s.io", [
        "certificatesigningrequests/approval",
        "certificatesigningrequests/status",
      ]) || allows(permission, ["approve", "sign"], "certificates.k8s.io", ["signers"]),
  },
];
