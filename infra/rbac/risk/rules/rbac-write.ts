import { lets, type PermissionRule, pages, write } from "../rule.ts";

export const rbacWrite: PermissionRule = {
  id: "rbac-write",
  title: "writing roles and bindings",
  severity: "high",
  namespaced: "medium",
  why: "The holder hands on all that it has itself, to whom it likes, and that stays when the holder is gone.",
  source: `${pages.rbac}#privilege-escalation-prevention-and-bootstrapping`,
  fix: "Leave RBAC to the deployment pipeline.",
  matches: (permission) =>
    lets(permission, write, "rbac.authorization.k8s.io", [
      "roles",
      "clusterroles",
      "rolebindings",
      "clusterrolebindings",
    ]),
};
