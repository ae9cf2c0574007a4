import { allows, type PermissionRule, pages, write } from "../rule.ts";

/** What changes the objects that set up the cluster, its namespaces and who may do what there. */
export const clusterSetupRules: readonly PermissionRule[] = [
  {
    id: "webhooks-write",
    title: "changing admission webhooks",
    severity: "critical",
    why: "A webhook sees every object that it is asked about, Secrets included, and a mutating one may change them all.",
    source: `${pages.goodPractices}#control-admission-webhooks`,
    fix: "Limit it by resourceNames to the webhook that the holder owns.",
    matches: (permission) =>
      allows(permission, [...write, "delete"], "admissionregistration.k8s.io", [
        "mutatingwebhookconfigurations",
        "validatingwebhookconfigurations",
      ]),
  },
  {
    id: "admission-policies-write",
    title: "changing admission policies",
    severity: "high",
    why: "Policies that guard the cluster can be switched off, and mutating ones change objects of others.",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
    fix: "Limit it by resourceNames to the policies that the holder owns.",
    matches: (permission) =>
      allows(permission, [...write, "delete"], "admissionregistration.k8s.io", [
        "validatingadmissionpolicies",
        "validatingadmissionpolicybindings",
        "mutatingadmissionpolicies",
        "mutatingadmissionpolicybindings",
      ]),
  },
  {
    id: "persistent-volumes-create",
    title: "creating PersistentVolumes",
    severity: "high",
    why: "A volume of type hostPath opens the file system of a node to a pod.",
    source: `${pages.goodPractices}#persistent-volume-creation`,
    fix: "Let a storage provisioner make volumes, and grant claims.",
    matches: (permission) => allows(permission, ["create"], "", ["persistentvolumes"]),
  },
  {
    id: "namespaces-write",
    title: "changing Namespaces",
    severity: "high",
    namespaced: "high",
    why: "Labels of a namespace choose its Pod Security level, and which NetworkPolicies and webhooks apply to it.",
    source: `${pages.goodPractices}#namespace-modification`,
    fix: "Leave labels of namespaces to the administrators.",
    matches: (permission) => allows(permission, ["update", "patch"], "", ["namespaces"]),
  },
  {
    id: "rbac-write",
    title: "writing roles and bindings",
    severity: "high",
    namespaced: "medium",
    why: "The holder hands on all that it has itself, to whom it likes, and that stays when the holder is gone.",
    source: `${pages.rbac}#privilege-escalation-prevention-and-bootstrapping`,
    fix: "Leave RBAC to the deployment pipeline.",
    matches: (permission) =>
      allows(permission, write, "rbac.authorization.k8s.io", [
        "roles",
        "clusterroles",
        "rolebindings",
        "clusterrolebindings",
      ]),
  },
  {
    id: "crds-write",
    title: "changing CustomResourceDefinitions",
    severity: "high",
    why: "Deleting a definition deletes all of its objects; a changed conversion webhook reads and rewrites them.",
    source:
      "https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/",
    fix: "Leave definitions to the deployment pipeline.",
    matches: (permission) =>
      allows(permission, [...write, "delete"], "apiextensions.k8s.io", ["customresourcedefinitions"]),
  },
  {
    id: "apiservices-write",
    title: "changing APIServices",
    severity: "critical",
    why: "Requests of a whole API group, with the identity of whoever makes them, go to a server of the holder's choice.",
    source: "https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/",
    fix: "Limit it by resourceNames to the API that the holder serves.",
    matches: (permission) => allows(permission, write, "apiregistration.k8s.io", ["apiservices"]),
  },
  {
    id: "service-accounts-write",
    title: "writing ServiceAccounts",
    severity: "medium",
    namespaced: "low",
    why: "Annotations of a ServiceAccount choose its identity at cloud providers, and a new one of an old name takes over its bindings.",
    source: `${pages.goodPractices}#privilege-escalation-risks`,
    fix: "Leave ServiceAccounts with rights to the deployment pipeline.",
    controlPlane: "high",
    matches: (permission) => allows(permission, write, "", ["serviceaccounts"]),
  },
  {
    id: "system-config-write",
    title: "writing ConfigMaps of the system",
    severity: "high",
    sensitiveNamespaces: ["kube-system", "kube-public"],
    // Who is an administrator, how names resolve, whom API servers trust, and whom those trust who join the cluster.
    sensitiveNames: ["aws-auth", "coredns", "extension-apiserver-authentication", "cluster-info"],
    why: "ConfigMaps in kube-system hold the DNS configuration, the CA of clients and, on some clouds, who is an administrator.",
    source: "https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/",
    fix: "Limit it by resourceNames to the ConfigMap that the holder owns.",
    matches: (permission) => allows(permission, write, "", ["configmaps"]),
  },
];
