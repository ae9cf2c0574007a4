import { lets, type PermissionRule, write } from "../rule.ts";

export const leasesWrite: PermissionRule = {
  id: "leases-write",
  title: "writing Leases of the system",
  severity: "medium",
  sensitiveNamespaces: ["kube-system", "kube-node-lease"],
  why: "Who holds the lease of a controller decides which instance of it works; a stolen one stops it.",
  source: "https://kubernetes.io/docs/concepts/architecture/leases/",
  fix: "Limit it by resourceNames to the holder's own lease.",
  matches: (permission) => lets(permission, write, "coordination.k8s.io", ["leases"]),
};
