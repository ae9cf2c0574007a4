import { allows, type PermissionRule, pages, write } from "../rule.ts";

/** What reaches Secrets, the pods that use them, and the nodes that run these. */
export const workloadRules: readonly PermissionRule[] = [
  {
    id: "secrets-read",
    title: "reading Secrets",
    severity: "critical",
    namespaced: "high",
    why: "get, list and watch all show a Secret's content. Tokens of ServiceAccounts among them hand over what those may do.",
    source: `${pages.goodPractices}#listing-secrets`,
    fix: "Name the Secret in resourceNames and grant get alone, or mount it into the pod.",
    leadsTo: "token-secrets",
    matches: (permission) => allows(permission, ["get", "list", "watch"], "", ["secrets"]),
  },
  {
    id: "secrets-write",
    title: "writing Secrets",
    severity: "high",
    namespaced: "medium",
    why: "A Secret of type service-account-token is filled in with a lasting token of any ServiceAccount of its namespace. In kube-system a Secret is also a token by which nodes join.",
    source: `${pages.goodPractices}#privilege-escalation-risks`,
    fix: "Let the component that owns the Secret write it, by resourceNames.",
    controlPlane: "critical",
    leadsTo: "made-token-secrets",
    matches: (permission) => allows(permission, write, "", ["secrets"]),
  },
  {
    id: "workloads-write",
    title: "creating or changing pods and what makes pods",
    severity: "critical",
    namespaced: "medium",
    why: "A pod may run as any ServiceAccount of its namespace and mount any Secret of it, and without Pod Security it may take over its node.",
    source: `${pages.goodPractices}#workload-creation`,
    fix: "Keep powerful ServiceAccounts and Secrets in other namespaces, and enforce a Pod Security Standard.",
    leadsTo: "accounts",
    matches: (permission) =>
      allows(permission, write, "", ["pods", "replicationcontrollers"]) ||
      allows(permission, write, "apps", ["deployments", "daemonsets", "statefulsets", "replicasets"]) ||
      allows(permission, write, "batch", ["jobs", "cronjobs"]),
  },
  {
    id: "pods-exec",
    title: "running commands in pods",
    severity: "critical",
    namespaced: "high",
    why: "A command in a pod acts with the pod's own token, Secrets and network.",
    source: `${pages.goodPractices}#workload-creation`,
    fix: "Grant it for a limited time and to people only; use logs and metrics instead.",
    leadsTo: "pods",
    matches: (permission) => allows(permission, ["create", "get"], "", ["pods/exec", "pods/attach"]),
  },
  {
    id: "pods-portforward",
    title: "forwarding ports of pods",
    severity: "high",
    namespaced: "medium",
    why: "It reaches ports that only listen on loopback, past NetworkPolicies.",
    source: `${pages.goodPractices}#privilege-escalation-risks`,
    fix: "Expose the port by a Service, and say by NetworkPolicy who may reach it.",
    matches: (permission) =>
      allows(permission, ["create", "get"], "", ["pods/portforward", "pods/proxy", "services/proxy"]),
  },
  {
    id: "ephemeral-containers",
    title: "adding ephemeral containers to pods",
    severity: "critical",
    namespaced: "high",
    why: "A container that is added to a running pod shares its network, and on request its processes and their environment.",
    source: "https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/",
    fix: "Grant it for a limited time and to people only.",
    leadsTo: "pods",
    matches: (permission) => allows(permission, ["update", "patch"], "", ["pods/ephemeralcontainers"]),
  },
  {
    id: "pods-evict",
    title: "removing pods",
    severity: "medium",
    namespaced: "low",
    why: "Together with cordoned nodes it moves pods, and their tokens, to a node of the attacker's choice.",
    source:
      "https://www.paloaltonetworks.com/resources/whitepapers/kubernetes-privilege-escalation-excessive-permissions-in-popular-platforms",
    fix: "Delete through the controller that owns the pods.",
    matches: (permission) =>
      allows(permission, ["create"], "", ["pods/eviction"]) ||
      allows(permission, ["delete", "deletecollection"], "", ["pods"]),
  },
  {
    id: "nodes-proxy",
    title: "reaching the kubelet through nodes/proxy",
    severity: "critical",
    why: "The kubelet's API runs commands in every pod of the node, past admission control and the audit log; get is enough.",
    source: `${pages.goodPractices}#access-to-proxy-subresource-of-nodes`,
    fix: "Grant nodes/metrics, nodes/stats, nodes/log or nodes/healthz, whichever is needed.",
    leadsTo: "accounts",
    matches: (permission) => allows(permission, ["get", "create", "update", "patch", "delete"], "", ["nodes/proxy"]),
  },
  {
    id: "nodes-write",
    title: "changing Nodes",
    severity: "high",
    why: "Labels, taints and the address of a node decide which pods come to it, with their Secrets.",
    source: `${pages.goodPractices}#privilege-escalation-risks`,
    fix: "Leave it to the node's own identity, which NodeRestriction limits.",
    matches: (permission) => allows(permission, [...write, "delete"], "", ["nodes", "nodes/status"]),
  },
];
