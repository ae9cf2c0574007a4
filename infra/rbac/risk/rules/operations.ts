import { on, type PermissionRule, pages, remove, write } from "../rule.ts";

/** What disturbs running components, reads what they log, or hides what was done. */
export const operationRules: readonly PermissionRule[] = [
  {
    id: "leases-write",
    title: "writing or deleting Leases of the system",
    severity: "medium",
    sensitiveNamespaces: ["kube-system", "kube-node-lease"],
    why: "Who holds the lease of a controller decides which instance of it works, and a node without a lease loses its pods.",
    source: "https://kubernetes.io/docs/concepts/architecture/leases/",
    fix: "Limit it by resourceNames to the holder's own lease.",
    mitre: ["T1499"],
    grants: [on("coordination.k8s.io", ["leases"], [...write, ...remove])],
  },
  {
    id: "mass-delete",
    title: "deleting whole collections",
    severity: "medium",
    namespaced: "low",
    why: "One request deletes all objects of a kind, and resourceNames do not limit it.",
    source: `${pages.goodPractices}#denial-of-service-risks`,
    fix: "Grant delete instead.",
    mitre: ["T1485"],
    grants: [{ apiGroups: ["*"], resources: ["*"], verbs: ["deletecollection"], verbNamed: true }],
  },
  {
    id: "pods-log",
    title: "reading logs of pods",
    severity: "medium",
    namespaced: "low",
    why: "Logs often hold personal data and sometimes credentials.",
    source: `${pages.goodPractices}#least-privilege`,
    fix: "Grant it in the namespaces that are meant.",
    mitre: ["T1552"],
    grants: [on("", ["pods/log"], ["get"])],
  },
  {
    id: "events-delete",
    title: "deleting Events",
    severity: "low",
    namespaced: "low",
    why: "Events tell what happened to a pod or node; who takes them away hides it from whoever looks.",
    source: "https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/",
    fix: "Let Events expire by themselves.",
    mitre: ["T1070"],
    grants: [on("", ["events"], remove), on("events.k8s.io", ["events"], remove)],
  },
];
