import { isJsonObject } from "#base";

/**
 * Kinds that make or change RBAC objects, or what the authorizer takes for their subjects, without such an object in the
 * input; by API group. `*` is every kind of the group.
 */
const opaque: Readonly<Record<string, readonly string[]>> = {
  // Packages
  "helm.sh": ["Release", "Chart"],
  "helm.cattle.io": ["HelmChart", "HelmChartConfig"],
  "helm.fluxcd.io": ["HelmRelease"],
  "helm.crossplane.io": ["Release"],
  "helm.m.crossplane.io": ["Release"],
  "kappctrl.k14s.io": ["App"],
  "packaging.carvel.dev": ["PackageInstall", "PackageRepository"],
  "data.packaging.carvel.dev": ["Package"],
  "kustomize.config.k8s.io": ["Kustomization", "Component"],
  // Delivery
  "helm.toolkit.fluxcd.io": ["HelmRelease"],
  "kustomize.toolkit.fluxcd.io": ["Kustomization"],
  "source.toolkit.fluxcd.io": [
    "GitRepository",
    "OCIRepository",
    "HelmRepository",
    "HelmChart",
    "Bucket",
    "ExternalArtifact",
  ],
  "fluxcd.controlplane.io": ["FluxInstance", "ResourceSet", "ResourceSetInputProvider"],
  "argoproj.io": ["Application", "ApplicationSet"],
  "fleet.cattle.io": ["Bundle", "BundleDeployment", "GitRepo", "HelmOp"],
  "configsync.gke.io": ["RootSync", "RepoSync"],
  "infra.contrib.fluxcd.io": ["Terraform"],
  "app.terraform.io": ["Workspace", "Module"],
  "pulumi.com": ["Stack", "Program"],
  "core.oam.dev": ["Application"],
  skaffold: ["Config"],
  // Operators
  "operators.coreos.com": ["CatalogSource", "ClusterServiceVersion", "Subscription", "InstallPlan", "OperatorGroup"],
  "olm.operatorframework.io": ["ClusterCatalog", "ClusterExtension"],
  // Objects inside of objects
  "kubernetes.crossplane.io": ["Object"],
  "kubernetes.m.crossplane.io": ["Object"],
  "apiextensions.crossplane.io": ["Composition", "CompositeResourceDefinition"],
  "pkg.crossplane.io": ["Provider", "Configuration", "Function"],
  "ops.crossplane.io": ["Operation", "CronOperation", "WatchOperation"],
  "kro.run": ["ResourceGraphDefinition"],
  "addons.cluster.x-k8s.io": ["ClusterResourceSet", "HelmChartProxy"],
  "work.open-cluster-management.io": ["ManifestWork", "ManifestWorkReplicaSet"],
  "policy.open-cluster-management.io": ["Policy", "ConfigurationPolicy", "OperatorPolicy"],
  "apps.open-cluster-management.io": ["Subscription"],
  "work.karmada.io": ["Work"],
  "policy.karmada.io": ["OverridePolicy", "ClusterOverridePolicy"],
  "types.kubefed.io": ["*"],
  "resources.gardener.cloud": ["ManagedResource"],
  "policies.kyverno.io": [
    "GeneratingPolicy",
    "NamespacedGeneratingPolicy",
    "MutatingPolicy",
    "NamespacedMutatingPolicy",
  ],
  "mutations.gatekeeper.sh": ["Assign", "AssignMetadata", "ModifySet"],
  "template.openshift.io": ["Template", "TemplateInstance"],
  // Access by other names
  "authorization.openshift.io": ["*"],
  "security.openshift.io": ["SecurityContextConstraints"],
  "user.openshift.io": ["Group", "User", "Identity", "UserIdentityMapping"],
  "project.openshift.io": ["ProjectRequest"],
  "management.cattle.io": [
    "GlobalRole",
    "GlobalRoleBinding",
    "RoleTemplate",
    "ClusterRoleTemplateBinding",
    "ProjectRoleTemplateBinding",
  ],
  "iamauthenticator.k8s.aws": ["IAMIdentityMapping"],
  "eks.services.k8s.aws": ["AccessEntry"],
  "eks.aws.upbound.io": ["AccessEntry", "AccessPolicyAssociation"],
  "eks.aws.m.upbound.io": ["AccessEntry", "AccessPolicyAssociation"],
  "rbacmanager.reactiveops.io": ["RBACDefinition"],
  "access-manager.io": ["RbacDefinition"],
  "rbacsync.getcruise.com": ["RBACSyncConfig", "ClusterRBACSyncConfig"],
  "rbac.open-cluster-management.io": ["ClusterPermission"],
  "capsule.clastix.io": ["Tenant", "GlobalTenantResource", "TenantResource"],
  "hnc.x-k8s.io": ["SubnamespaceAnchor", "HierarchyConfiguration"],
  // OpenShift's kinds before they had groups
  "": ["Template", "SecurityContextConstraints"],
};

/** Kinds whose rules decide whether they make or change other objects: Kyverno's policies mostly check. */
const kyvernoPolicies = ["ClusterPolicy", "Policy"];

/**
 * Whether an object of this kind makes others at deploy time, so that its permissions cannot be read here.
 *
 * @param content the object; undefined when it is not known
 */
export function isOpaque(group: string, kind: string, content?: Readonly<Record<string, unknown>>): boolean {
  if (group === rbacGroup) return kind.endsWith("Patch");
  const kinds = Object.hasOwn(opaque, group) ? opaque[group] : undefined;
  if (kinds?.includes(kind) || kinds?.includes("*")) return true;
  if (group === "kyverno.io" && kyvernoPolicies.includes(kind)) return content === undefined || writesObjects(content);
  if (group === "" && kind === "ConfigMap") return content !== undefined && mapsUsers(content);
  if (group === "" && kind === "Secret") return content !== undefined && isBootstrapToken(content);
  if (group === "admissionregistration.k8s.io" && kind === "MutatingAdmissionPolicy")
    return content === undefined || changesAccess(content);
  if (group === "admissionregistration.k8s.io" && kind === "MutatingWebhookConfiguration")
    return content === undefined || hooksIntoAccess(content);
  return content !== undefined && !isOfKubernetes(group) && holdsRbacObject(content);
}

function writesObjects({ spec }: Readonly<Record<string, unknown>>): boolean {
  const rules = isJsonObject(spec) && Array.isArray(spec.rules) ? spec.rules : [];
  return rules.some((rule) => isJsonObject(rule) && ("generate" in rule || "mutate" in rule));
}

/**
 * Whether a ConfigMap says which identities of AWS are in which groups of the cluster, or who may deploy what through Argo CD,
 * whose own account may do anything.
 */
const mapsUsers = ({ metadata }: Readonly<Record<string, unknown>>) =>
  isJsonObject(metadata) &&
  ((metadata.name === "aws-auth" && metadata.namespace === "kube-system") || metadata.name === "argocd-rbac-cm");

/** Whether whoever has this Secret's token is in groups that it names. */
const isBootstrapToken = ({ type }: Readonly<Record<string, unknown>>) => type === "bootstrap.kubernetes.io/token";

/** Whether a MutatingAdmissionPolicy may change RBAC objects, or does not say what it changes. */
function changesAccess({ spec }: Readonly<Record<string, unknown>>): boolean {
  const constraints = isJsonObject(spec) && isJsonObject(spec.matchConstraints) ? spec.matchConstraints : {};
  return meetsRbac(constraints.resourceRules);
}

/** The same for a MutatingWebhookConfiguration; a webhook without rules is called for nothing. */
function hooksIntoAccess({ webhooks }: Readonly<Record<string, unknown>>): boolean {
  if (!Array.isArray(webhooks)) return false;
  return webhooks.some((webhook) => isJsonObject(webhook) && webhook.rules !== undefined && meetsRbac(webhook.rules));
}

function meetsRbac(rules: unknown): boolean {
  if (!Array.isArray(rules)) return true;
  return rules.some(
    (rule) =>
      !isJsonObject(rule) ||
      !Array.isArray(rule.apiGroups) ||
      rule.apiGroups.some((group) => group === "*" || group === rbacGroup),
  );
}

/** Groups of Kubernetes itself. Their kinds make no RBAC objects of what they hold. */
const isOfKubernetes = (group: string) => !group.includes(".") || group.endsWith(".k8s.io");

/** Whether an RBAC object stands anywhere in a value, as one or as text: what is made of it is up to a controller. */
function holdsRbacObject(content: object): boolean {
  const rest: object[] = [content];
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (isRbacObject(value)) return true;
    for (const part of Object.values(value)) {
      if (typeof part === "string" && isRbacText(part)) return true;
      if (typeof part === "object" && part !== null) rest.push(part);
    }
  }
  return false;
}

const isRbacObject = (value: object) =>
  "apiVersion" in value &&
  typeof value.apiVersion === "string" &&
  value.apiVersion.startsWith(`${rbacGroup}/`) &&
  "kind" in value &&
  typeof value.kind === "string" &&
  rbacKind.test(value.kind);

const isRbacText = (text: string) =>
  text.includes(`${rbacGroup}/`) && /["']?kind["']?\s*:\s*["']?(Cluster)?Role(Binding)?\b/.test(text);

export const rbacGroup = "rbac.authorization.k8s.io";
/** The only version that API servers since 1.22 know. */
export const rbacVersion = "v1";
export const rbacKind = /^(Cluster)?Role(Binding)?$/;
