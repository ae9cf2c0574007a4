import { lets, type PermissionRule, pages } from "../rule.ts";

export const csrApprove: PermissionRule = {
  id: "csr-approve",
  title: "approving or signing certificate requests",
  severity: "critical",
  why: "With a request of one's own it makes a client certificate of any user, which no later change of RBAC takes back.",
  source: `${pages.goodPractices}#csrs-and-certificate-issuing`,
  fix: "Limit signers by resourceNames, and never kubernetes.io/kube-apiserver-client.",
  sensitiveNames: ["kubernetes.io/kube-apiserver-client", "kubernetes.io/*"],
  matches: (permission) =>
    lets(permission, ["update", "patch"], "certificates.k8s.io", [
      "certificatesigningrequests/approval",
      "certificatesigningrequests/status",
    ]) || lets(permission, ["approve", "sign"], "certificates.k8s.io", ["signers"]),
};
