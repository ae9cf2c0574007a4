import { allows, type PermissionRule, pages, write } from "../rule.ts";

/** What disturbs running components, or reads what they log. */
export const operationRules: readonly PermissionRule[] = [
  {
    id: "leases-write",
    title: "writing Leases of the system",
    severity: "medium",
    sensitiveNamespaces: ["kube-system", "kube-node-lease"],
    why: "Who holds the lease of a controller decides which instance of it works; a stolen one stops it.",
    source: "https://kubernetes.io/docs/concepts/architecture/leases/",
    fix: "Limit it by resourceNames to the holder's own lease.",
    matches: (permission) => allows(permission, write, "coordination.k8s.io", ["leases"]),
  },
  {
    id: "mass-delete",
    title: "deleting whole collections",
    severity: "medium",
    namespaced: "low",
    why: "One request deletes all objects of a kind, and resourceNames do not limit it.",
    source: `${pages.goodPractices}#denial-of-service-risks`,
    fix: "Grant delete instead.",
    matches: (permission) => permission.verb === "deletecollection",
  },
  {
    id: "pods-log",
    title: "reading logs of pods",
    severity: "medium",
    namespaced: "low",
    why: "Logs often hold personal data and sometimes credentials.",
    source: `${pages.goodPractices}#least-privilege`,
    fix: "Grant it in the namespaces that are meant.",
    matches: (permission) => allows(permission, ["get"], "", ["pods/log"]),
  },
];
