import { lets, type PermissionRule, pages } from "../rule.ts";

export const podsExec: PermissionRule = {
  id: "pods-exec",
  title: "running commands in pods",
  severity: "critical",
  namespaced: "high",
  why: "A command in a pod acts with the pod's own token, Secrets and network.",
  source: `${pages.goodPractices}#workload-creation`,
  fix: "Grant it for a limited time and to people only; use logs and metrics instead.",
  matches: (permission) => lets(permission, ["create", "get"], "", ["pods/exec", "pods/attach"]),
};
