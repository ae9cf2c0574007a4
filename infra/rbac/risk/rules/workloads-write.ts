import { lets, type PermissionRule, pages, write } from "../rule.ts";

export const workloadsWrite: PermissionRule = {
  id: "workloads-write",
  title: "creating or changing pods and what makes pods",
  severity: "critical",
  namespaced: "medium",
  why: "A pod may run as any ServiceAccount of its namespace and mount any Secret of it, and without Pod Security it may take over its node.",
  source: `${pages.goodPractices}#workload-creation`,
  fix: "Keep powerful ServiceAccounts and Secrets in other namespaces, and enforce a Pod Security Standard.",
  matches: (permission) =>
    lets(permission, write, "", ["pods", "replicationcontrollers"]) ||
    lets(permission, write, "apps", ["deployments", "daemonsets", "statefulsets", "replicasets"]) ||
    lets(permission, write, "batch", ["jobs", "cronjobs"]),
};
