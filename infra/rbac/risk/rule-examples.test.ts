import { describe, expect, it } from "vitest";
import { binding, lint, role, rule } from "../test/sources.ts";
import { kubernetesRules, packRules } from "./permission-rules.ts";

/**
 * What a rule finds, the nearest harmless permission, and its severity in the cluster and in a namespace (`-`: none).
 * Permissions are written as verb, resource, and group where it is not the core group.
 */
type Example = readonly [found: string, harmless: string, cluster: string, namespace: string];

const rbac = "rbac.authorization.k8s.io";
const admission = "admissionregistration.k8s.io";
const certificates = "certificates.k8s.io";
const authn = "authentication.k8s.io";
const authz = "authorization.k8s.io";
const flow = "flowcontrol.apiserver.k8s.io";

/** One for every rule: these are the known ways from a permission to more of them. */
const ofKubernetes: Readonly<Record<string, Example>> = {
  wildcard: ["get * example.io", "get widgets example.io", "medium", "low"],
  "secrets-read": ["watch secrets", "watch pods", "critical", "high"],
  "secrets-write": ["patch secrets", "delete secrets", "high", "medium"],
  "workloads-write": ["create cronjobs batch", "get cronjobs batch", "critical", "medium"],
  "pods-exec": ["get pods/exec", "get pods", "critical", "high"],
  "pods-portforward": ["create pods/portforward", "delete pods/portforward", "high", "medium"],
  "ephemeral-containers": ["patch pods/ephemeralcontainers", "get pods/ephemeralcontainers", "critical", "high"],
  "pods-status": ["patch pods/status", "get pods/status", "medium", "low"],
  "pods-binding": ["create bindings", "create pods/other", "medium", "low"],
  "pods-resize": ["update pods/resize", "get pods/resize", "low", "low"],
  "pods-evict": ["create pods/eviction", "get pods/eviction", "medium", "low"],
  "config-read": ["watch configmaps", "delete configmaps", "low", "-"],
  "nodes-proxy": ["get nodes/proxy", "get nodes/metrics", "critical", "-"],
  "nodes-checkpoint": ["create nodes/checkpoint", "get nodes/checkpoint", "high", "-"],
  "nodes-log": ["get nodes/log", "get nodes/stats", "medium", "-"],
  "nodes-configz": ["get nodes/configz", "get nodes/healthz", "low", "-"],
  "nodes-pods": ["get nodes/pods", "get nodes", "low", "-"],
  "nodes-write": ["deletecollection nodes", "list nodes", "high", "-"],
  escalate: [`escalate clusterroles ${rbac}`, "escalate clusterroles example.io", "critical", "high"],
  bind: [`bind roles ${rbac}`, "bind pods", "critical", "high"],
  impersonate: ["impersonate groups", "get groups", "critical", "high"],
  "impersonate-user-info": [`impersonate:user-info groups ${authn}`, `get groups ${authn}`, "high", "-"],
  "impersonate-service-account": [
    `impersonate:serviceaccount serviceaccounts ${authn}`,
    `impersonate:user-info serviceaccounts ${authn}`,
    "high",
    "medium",
  ],
  "impersonate-node": [`impersonate:arbitrary-node nodes ${authn}`, "impersonate:arbitrary-node nodes", "high", "-"],
  "impersonate-on": ["impersonate-on:user-info:list secrets", "* configmaps", "medium", "low"],
  "token-request": ["create serviceaccounts/token", "get serviceaccounts", "critical", "high"],
  "service-accounts-write": ["patch serviceaccounts", "list serviceaccounts", "medium", "low"],
  "rbac-write": [`create rolebindings ${rbac}`, `delete rolebindings ${rbac}`, "high", "medium"],
  "token-reviews": [`create tokenreviews ${authn}`, `create selfsubjectreviews ${authn}`, "low", "-"],
  "access-reviews": [`create subjectaccessreviews ${authz}`, `create selfsubjectaccessreviews ${authz}`, "low", "-"],
  "csr-approve": [`approve signers ${certificates}`, `get signers ${certificates}`, "critical", "-"],
  "csr-node-client": [
    `create certificatesigningrequests/nodeclient ${certificates}`,
    `create certificatesigningrequests/selfnodeclient ${certificates}`,
    "high",
    "-",
  ],
  "csr-create": [
    `create certificatesigningrequests ${certificates}`,
    `get certificatesigningrequests ${certificates}`,
    "low",
    "-",
  ],
  "pod-certificates-request": [
    `create podcertificaterequests ${certificates}`,
    `get podcertificaterequests ${certificates}`,
    "high",
    "medium",
  ],
  "pod-certificates-sign": [
    `patch podcertificaterequests/status ${certificates}`,
    `get podcertificaterequests/status ${certificates}`,
    "medium",
    "low",
  ],
  "trust-bundles-write": [`attest signers ${certificates}`, `get clustertrustbundles ${certificates}`, "high", "-"],
  "namespaces-write": ["patch namespaces", "list namespaces", "high", "high"],
  "namespaces-create": ["create namespaces", "get namespaces", "medium", "-"],
  "namespaces-delete": ["delete namespaces", "watch namespaces", "medium", "medium"],
  "namespaces-finalize": ["update namespaces/finalize", "get namespaces/status", "low", "low"],
  "crds-write": [
    "deletecollection customresourcedefinitions apiextensions.k8s.io",
    "get customresourcedefinitions apiextensions.k8s.io",
    "high",
    "-",
  ],
  "apiservices-write": [
    "delete apiservices apiregistration.k8s.io",
    "get apiservices apiregistration.k8s.io",
    "critical",
    "-",
  ],
  "system-config-write": ["update configmaps", "get configmaps", "high", "-"],
  "resource-limits-write": ["delete limitranges", "create limitranges", "low", "low"],
  "priority-classes-write": [
    "create priorityclasses scheduling.k8s.io",
    "get priorityclasses scheduling.k8s.io",
    "medium",
    "-",
  ],
  "flow-schemas-write": [`update flowschemas ${flow}`, `update flowschemas/status ${flow}`, "medium", "-"],
  "webhooks-write": [
    `deletecollection validatingwebhookconfigurations ${admission}`,
    `list mutatingwebhookconfigurations ${admission}`,
    "critical",
    "-",
  ],
  "admission-policies-write": [
    `deletecollection mutatingadmissionpolicybindings ${admission}`,
    `get validatingadmissionpolicybindings ${admission}`,
    "high",
    "-",
  ],
  "persistent-volumes-create": ["create persistentvolumes", "create persistentvolumeclaims", "high", "-"],
  "persistent-volumes-change": ["patch persistentvolumes", "patch persistentvolumeclaims", "medium", "-"],
  "storage-classes-write": ["create storageclasses storage.k8s.io", "create csinodes storage.k8s.io", "medium", "-"],
  "volume-attachments-write": [
    "create volumeattachments storage.k8s.io",
    "get volumeattachments storage.k8s.io",
    "medium",
    "-",
  ],
  "devices-write": ["create resourceslices resource.k8s.io", "create resourceclaims resource.k8s.io", "medium", "-"],
  "device-claims-status": [
    "arbitrary-node:update resourceclaims/driver resource.k8s.io",
    "get resourceclaims/status resource.k8s.io",
    "medium",
    "medium",
  ],
  "endpoints-write": [
    "create endpointslices discovery.k8s.io",
    "list endpointslices discovery.k8s.io",
    "high",
    "medium",
  ],
  "services-write": ["patch services", "delete services", "medium", "-"],
  "services-status": ["patch services/status", "get services/status", "high", "medium"],
  "ingresses-write": ["create ingresses networking.k8s.io", "create ingresses example.io", "medium", "low"],
  "network-policies-write": [
    "deletecollection networkpolicies networking.k8s.io",
    "get networkpolicies networking.k8s.io",
    "medium",
    "medium",
  ],
  "leases-write": ["delete leases coordination.k8s.io", "get leases coordination.k8s.io", "medium", "-"],
  "mass-delete": ["deletecollection widgets example.io", "delete widgets example.io", "medium", "low"],
  "pods-log": ["get pods/log", "get pods/status", "medium", "low"],
  "events-delete": ["deletecollection events events.k8s.io", "create events events.k8s.io", "low", "low"],
};

const cm = "cert-manager.io";
const es = "external-secrets.io";
const istio = "networking.istio.io";
const kubevirt = "subresources.kubevirt.io";

const ofPacks: Readonly<Record<string, Example>> = {
  "admin-operators-write": ["create helmcharts helm.cattle.io", "get helmcharts helm.cattle.io", "critical", "high"],
  "access-operators-write": ["patch profiles kubeflow.org", "list profiles kubeflow.org", "high", "high"],
  "argocd-applications-write": ["create applications argoproj.io", "get applications argoproj.io", "critical", "high"],
  "argocd-applications-delete": [
    "delete applications argoproj.io",
    "list applications argoproj.io",
    "medium",
    "medium",
  ],
  "argocd-application-sets-write": [
    "create applicationsets argoproj.io",
    "get applicationsets argoproj.io",
    "critical",
    "high",
  ],
  "argocd-projects-write": ["patch appprojects argoproj.io", "get appprojects argoproj.io", "critical", "high"],
  "argo-workflows-write": ["create workflows argoproj.io", "get workflows argoproj.io", "critical", "medium"],
  "argo-cluster-templates-write": [
    "patch clusterworkflowtemplates argoproj.io",
    "get clusterworkflowtemplates argoproj.io",
    "high",
    "-",
  ],
  "argo-rollouts-write": ["update rollouts argoproj.io", "get rollouts argoproj.io", "critical", "medium"],
  "cert-manager-certificates-write": [`create certificates ${cm}`, `get certificates ${cm}`, "medium", "low"],
  "cert-manager-issuers-write": [`create clusterissuers ${cm}`, `get clusterissuers ${cm}`, "high", "medium"],
  "cert-manager-approve": [`approve signers ${cm}`, `get signers ${cm}`, "high", "medium"],
  "external-secrets-write": [`create externalsecrets ${es}`, `get externalsecrets ${es}`, "high", "medium"],
  "external-secrets-stores-write": [`patch secretstores ${es}`, `get secretstores ${es}`, "high", "medium"],
  "external-secrets-push": [`create pushsecrets ${es}`, `get pushsecrets ${es}`, "high", "high"],
  "external-secrets-generators": [
    `create webhooks generators.${es}`,
    `get webhooks generators.${es}`,
    "high",
    "medium",
  ],
  "flux-reconcilers-write": [
    "create helmreleases helm.toolkit.fluxcd.io",
    "get helmreleases helm.toolkit.fluxcd.io",
    "critical",
    "high",
  ],
  "flux-sources-write": [
    "patch gitrepositories source.toolkit.fluxcd.io",
    "get gitrepositories source.toolkit.fluxcd.io",
    "high",
    "medium",
  ],
  "gatekeeper-constraints-write": [
    "delete k8srequiredlabels constraints.gatekeeper.sh",
    "get k8srequiredlabels constraints.gatekeeper.sh",
    "high",
    "-",
  ],
  "gatekeeper-config-write": ["patch configs config.gatekeeper.sh", "get configs config.gatekeeper.sh", "high", "-"],
  "gatekeeper-mutations-write": [
    "create assign mutations.gatekeeper.sh",
    "get assign mutations.gatekeeper.sh",
    "high",
    "-",
  ],
  "gateway-routes-write": [
    "create httproutes gateway.networking.k8s.io",
    "get httproutes gateway.networking.k8s.io",
    "medium",
    "low",
  ],
  "gateways-write": [
    "create gateways gateway.networking.k8s.io",
    "get gateways gateway.networking.k8s.io",
    "high",
    "medium",
  ],
  "reference-grants-write": [
    "create referencegrants gateway.networking.k8s.io",
    "delete referencegrants gateway.networking.k8s.io",
    "high",
    "medium",
  ],
  "istio-proxies-write": [`create envoyfilters ${istio}`, `get envoyfilters ${istio}`, "high", "medium"],
  "istio-security-write": [
    "delete authorizationpolicies security.istio.io",
    "get authorizationpolicies security.istio.io",
    "high",
    "medium",
  ],
  "istio-routes-write": [`create virtualservices ${istio}`, `get virtualservices ${istio}`, "medium", "low"],
  "kubevirt-machines-write": [
    "create virtualmachines kubevirt.io",
    "get virtualmachines kubevirt.io",
    // High by itself; it leads to the accounts of kube-system.
    "critical",
    "medium",
  ],
  "kubevirt-console": [
    `get virtualmachineinstances/vnc ${kubevirt}`,
    `get virtualmachineinstances/guestosinfo ${kubevirt}`,
    "high",
    "medium",
  ],
  "kubevirt-volumes": [
    `update virtualmachines/addvolume ${kubevirt}`,
    `update virtualmachines/start ${kubevirt}`,
    "high",
    "medium",
  ],
  "kubevirt-config-write": ["patch kubevirts kubevirt.io", "get kubevirts kubevirt.io", "critical", "high"],
  "kyverno-policies-write": ["delete clusterpolicies kyverno.io", "get clusterpolicies kyverno.io", "high", "medium"],
  "kyverno-exceptions-write": [
    "create policyexceptions kyverno.io",
    "get policyexceptions kyverno.io",
    "high",
    "medium",
  ],
  "kyverno-cleanup-write": ["create cleanuppolicies kyverno.io", "get cleanuppolicies kyverno.io", "high", "medium"],
  "tekton-runs-write": ["create taskruns tekton.dev", "get taskruns tekton.dev", "critical", "medium"],
  "tekton-definitions-write": ["patch tasks tekton.dev", "get tasks tekton.dev", "high", "medium"],
  "tekton-triggers-write": [
    "create eventlisteners triggers.tekton.dev",
    "get eventlisteners triggers.tekton.dev",
    "high",
    "medium",
  ],
};

function found(permission: string, namespace?: string): Map<string, string> {
  const [verb = "", resource = "", group = ""] = permission.split(" ");
  const yaml = role("r", `[${rule(verb, resource, group)}]`) + binding("b", "ClusterRole/r", ["sa:ns/bot"], namespace);
  return new Map(lint(yaml).findings.map((finding) => [finding.rule, finding.severity]));
}

describe.each([
  ["Kubernetes", ofKubernetes, kubernetesRules],
  ["custom resources", ofPacks, packRules],
])("rules about %s", (_, examples, rules) => {
  it.each(Object.entries(examples))("%s", (id, [risky, harmless, cluster, namespace]) => {
    expect([found(risky).get(id) ?? "-", found(risky, "apps").get(id) ?? "-"]).toEqual([cluster, namespace]);
    expect(found(harmless).has(id)).toBe(false);
  });

  it("have an example each", () => {
    // What is about every verb or about paths is no row of the table; permission-rules.test.ts has it.
    const others = ["everything", "wildcard-paths"];
    expect(
      rules
        .map(({ id }) => id)
        .filter((id) => !others.includes(id))
        .sort(),
    ).toEqual(Object.keys(examples).sort());
  });
});

describe("a project's rules", () => {
  it("find its own groups, not all groups: that is what rules of Kubernetes find", () => {
    const rules = found("create *");
    expect(rules.get("workloads-write")).toBe("critical");
    expect(found("create * *").get("workloads-write")).toBe("critical");
    for (const { id } of packRules) expect(found("create * *").has(id), id).toBe(false);
    expect(found("* * argoproj.io").get("argocd-applications-write")).toBe("critical");
  });
});
