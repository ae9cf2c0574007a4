import { lets, type PermissionRule } from "../rule.ts";

export const ephemeralContainers: PermissionRule = {
  id: "ephemeral-containers",
  title: "adding ephemeral containers to pods",
  severity: "critical",
  namespaced: "high",
  why: "A container that is added to a running pod shares its network, and on request its processes and their environment.",
  source: "https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/",
  fix: "Grant it for a limited time and to people only.",
  matches: (permission) => lets(permission, ["update", "patch"], "", ["pods/ephemeralcontainers"]),
};
