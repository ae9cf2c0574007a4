import type { Right } from "./check.ts";

/** Rights to look, by what is looked at. */
export const look = {
  nodes: right("", "nodes", "list"),
  endpointSlices: right("discovery.k8s.io", "endpointslices", "list"),
  namespaces: right("", "namespaces", "get"),
  quotas: right("", "resourcequotas", "list"),
  limitRanges: right("", "limitranges", "list"),
  secrets: right("", "secrets", "get"),
  storageClasses: right("storage.k8s.io", "storageclasses", "list"),
  accessReviews: right("authorization.k8s.io", "subjectaccessreviews", "create"),
  deployments: right("apps", "deployments", "list"),
  deployment: right("apps", "deployments", "get"),
  pods: right("", "pods", "list"),
  configMaps: right("", "configmaps", "get"),
  events: right("", "events", "list"),
  logs: right("", "pods/log", "get"),
  accounts: right("", "serviceaccounts", "list"),
  services: right("", "services", "get"),
  leases: right("coordination.k8s.io", "leases", "list"),
  lease: right("coordination.k8s.io", "leases", "get"),
  roles: right("rbac.authorization.k8s.io", "roles", "get"),
  bindings: right("rbac.authorization.k8s.io", "rolebindings", "get"),
  clusterRoles: right("rbac.authorization.k8s.io", "clusterroles", "list"),
  clusterRole: right("rbac.authorization.k8s.io", "clusterroles", "get"),
  clusterBindings: right("rbac.authorization.k8s.io", "clusterrolebindings", "list"),
  policies: right("admissionregistration.k8s.io", "validatingadmissionpolicies", "get"),
  policyBindings: right("admissionregistration.k8s.io", "validatingadmissionpolicybindings", "get"),
  networkPolicies: right("networking.k8s.io", "networkpolicies", "list"),
  // Which of the two is asked for depends on the server's version.
  portForward: { apiGroups: [""], resources: ["pods/portforward"], verbs: ["create", "get"] },
} as const;

function right(group: string, resource: string, verb: string): Right {
  return { apiGroups: [group], resources: [resource], verbs: [verb] };
}
