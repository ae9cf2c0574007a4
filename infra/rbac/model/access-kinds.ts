/** Kinds that bring access without an RBAC object, and what it means to write them. */
export interface AccessKinds {
  readonly group: string;
  /** `*` is every kind of the group. */
  readonly kinds: readonly string[];
  /**
   * How bad it is to write them everywhere: critical where what makes access of them is mostly an administrator of the
   * cluster; `told` where rules of the project say so; `none` where no API server has them, or everybody may write them for
   * themselves. @default high
   */
  readonly writing?: "critical" | "high" | "told" | "none";
  /** @default made of the kinds, as names of resources mostly are */
  readonly resources?: readonly string[];
}

/**
 * Kinds that make or change RBAC objects, or what the authorizer takes for their subjects, without such an object in the
 * input.
 */
export const accessKinds: readonly AccessKinds[] = [
  // Packages
  { group: "helm.sh", kinds: ["Release", "Chart"] },
  { group: "helm.cattle.io", kinds: ["HelmChart", "HelmChartConfig"], writing: "critical" },
  { group: "helm.fluxcd.io", kinds: ["HelmRelease"], writing: "critical" },
  { group: "helm.k0sproject.io", kinds: ["Chart"], writing: "critical" },
  { group: "helm.crossplane.io", kinds: ["Release"], writing: "critical" },
  { group: "helm.m.crossplane.io", kinds: ["Release"], writing: "critical" },
  { group: "kappctrl.k14s.io", kinds: ["App"] },
  { group: "packaging.carvel.dev", kinds: ["PackageInstall", "PackageRepository"] },
  { group: "data.packaging.carvel.dev", kinds: ["Package"] },
  { group: "kustomize.config.k8s.io", kinds: ["Kustomization", "Component"], writing: "none" },
  // Delivery
  { group: "helm.toolkit.fluxcd.io", kinds: ["HelmRelease"], writing: "told" },
  { group: "kustomize.toolkit.fluxcd.io", kinds: ["Kustomization"], writing: "told" },
  {
    group: "source.toolkit.fluxcd.io",
    kinds: ["GitRepository", "OCIRepository", "HelmRepository", "HelmChart", "Bucket"],
    writing: "told",
  },
  { group: "source.toolkit.fluxcd.io", kinds: ["ExternalArtifact"] },
  {
    group: "fluxcd.controlplane.io",
    kinds: ["FluxInstance", "ResourceSet", "ResourceSetInputProvider"],
    writing: "critical",
  },
  { group: "argoproj.io", kinds: ["Application", "ApplicationSet"], writing: "told" },
  { group: "argoproj.io", kinds: ["AppProject"], writing: "told" },
  { group: "fleet.cattle.io", kinds: ["Bundle", "BundleDeployment", "GitRepo", "HelmOp"], writing: "critical" },
  { group: "configsync.gke.io", kinds: ["RootSync", "RepoSync"], writing: "critical" },
  { group: "infra.contrib.fluxcd.io", kinds: ["Terraform"] },
  { group: "app.terraform.io", kinds: ["Workspace", "Module"] },
  { group: "pulumi.com", kinds: ["Stack", "Program"] },
  {
    group: "core.oam.dev",
    kinds: ["Application", "ComponentDefinition", "TraitDefinition", "WorkloadDefinition", "PolicyDefinition"],
    writing: "critical",
  },
  {
    group: "apps.clusternet.io",
    kinds: ["Base", "Description", "HelmChart", "HelmRelease", "Manifest", "Subscription"],
    writing: "critical",
  },
  { group: "skaffold", kinds: ["Config"], writing: "none" },
  // Operators
  {
    group: "operators.coreos.com",
    kinds: ["CatalogSource", "ClusterServiceVersion", "Subscription", "InstallPlan", "OperatorGroup"],
    writing: "critical",
  },
  { group: "olm.operatorframework.io", kinds: ["ClusterCatalog", "ClusterExtension"] },
  { group: "core.rukpak.io", kinds: ["Bundle", "BundleDeployment"], writing: "critical" },
  { group: "metacontroller.k8s.io", kinds: ["CompositeController", "DecoratorController"], writing: "critical" },
  // Objects inside of objects
  { group: "kubernetes.crossplane.io", kinds: ["Object"], writing: "critical" },
  { group: "kubernetes.m.crossplane.io", kinds: ["Object"], writing: "critical" },
  { group: "apiextensions.crossplane.io", kinds: ["Composition", "CompositeResourceDefinition"] },
  { group: "pkg.crossplane.io", kinds: ["Provider", "Configuration", "Function"] },
  { group: "ops.crossplane.io", kinds: ["Operation", "CronOperation", "WatchOperation"] },
  { group: "kro.run", kinds: ["ResourceGraphDefinition"], writing: "critical" },
  { group: "addons.cluster.x-k8s.io", kinds: ["ClusterResourceSet", "HelmChartProxy"], writing: "critical" },
  { group: "work.open-cluster-management.io", kinds: ["ManifestWork", "ManifestWorkReplicaSet"], writing: "critical" },
  {
    group: "policy.open-cluster-management.io",
    kinds: ["Policy", "ConfigurationPolicy", "OperatorPolicy"],
    writing: "critical",
  },
  { group: "apps.open-cluster-management.io", kinds: ["Subscription"], writing: "critical" },
  { group: "multicluster.x-k8s.io", kinds: ["Work", "AppliedWork"], writing: "critical" },
  { group: "placement.kubernetes-fleet.io", kinds: ["Work", "ClusterResourcePlacement"], writing: "critical" },
  { group: "work.karmada.io", kinds: ["Work"], writing: "critical" },
  { group: "policy.karmada.io", kinds: ["OverridePolicy", "ClusterOverridePolicy"] },
  { group: "types.kubefed.io", kinds: ["*"], writing: "critical", resources: ["*"] },
  { group: "resources.gardener.cloud", kinds: ["ManagedResource"], writing: "critical" },
  {
    group: "policies.kyverno.io",
    writing: "told",
    kinds: ["GeneratingPolicy", "NamespacedGeneratingPolicy", "MutatingPolicy", "NamespacedMutatingPolicy"],
  },
  {
    group: "mutations.gatekeeper.sh",
    kinds: ["Assign", "AssignMetadata", "ModifySet"],
    writing: "told",
    resources: ["assign", "assignmetadata", "modifyset"],
  },
  { group: "template.openshift.io", kinds: ["Template", "TemplateInstance"] },
  // Access by other names
  {
    group: "authorization.openshift.io",
    kinds: ["*"],
    resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings", "rolebindingrestrictions"],
  },
  { group: "security.openshift.io", kinds: ["SecurityContextConstraints"], resources: ["securitycontextconstraints"] },
  { group: "user.openshift.io", kinds: ["Group", "User", "Identity", "UserIdentityMapping"], writing: "critical" },
  { group: "config.openshift.io", kinds: ["OAuth", "Authentication"], resources: ["oauths", "authentications"] },
  { group: "redhatcop.redhat.io", kinds: ["GroupConfig", "NamespaceConfig", "UserConfig", "Patch", "GroupSync"] },
  { group: "project.openshift.io", kinds: ["ProjectRequest"], writing: "none" },
  {
    group: "management.cattle.io",
    kinds: [
      "GlobalRole",
      "GlobalRoleBinding",
      "RoleTemplate",
      "ClusterRoleTemplateBinding",
      "ProjectRoleTemplateBinding",
    ],
  },
  {
    group: "resources.teleport.dev",
    kinds: ["*"],
    resources: ["teleportroles", "teleportrolesv6", "teleportrolesv7", "teleportrolesv8", "teleportusers"],
  },
  { group: "iam.kubesphere.io", kinds: ["*"], resources: ["globalrolebindings", "workspacerolebindings", "rolebases"] },
  {
    group: "deckhouse.io",
    kinds: ["AuthorizationRule", "ClusterAuthorizationRule", "Group", "User"],
    writing: "critical",
  },
  { group: "storage.loft.sh", kinds: ["ClusterAccess", "ClusterRoleTemplate", "Team", "User"] },
  { group: "authentication.concierge.pinniped.dev", kinds: ["JWTAuthenticator", "WebhookAuthenticator"] },
  { group: "dex.coreos.com", kinds: ["Connector", "Password"] },
  { group: "core.gardener.cloud", kinds: ["Project"] },
  { group: "iam.cnrm.cloud.google.com", kinds: ["IAMPartialPolicy", "IAMPolicy", "IAMPolicyMember"] },
  { group: "authorization.azure.com", kinds: ["RoleAssignment", "RoleDefinition"] },
  { group: "iamauthenticator.k8s.aws", kinds: ["IAMIdentityMapping"], writing: "critical" },
  { group: "eks.services.k8s.aws", kinds: ["AccessEntry"], writing: "critical" },
  { group: "eks.aws.upbound.io", kinds: ["AccessEntry", "AccessPolicyAssociation"], writing: "critical" },
  { group: "eks.aws.m.upbound.io", kinds: ["AccessEntry", "AccessPolicyAssociation"], writing: "critical" },
  { group: "rbacmanager.reactiveops.io", kinds: ["RBACDefinition"], writing: "critical" },
  { group: "access-manager.io", kinds: ["RbacDefinition"], writing: "critical" },
  { group: "rbacsync.getcruise.com", kinds: ["RBACSyncConfig", "ClusterRBACSyncConfig"], writing: "critical" },
  { group: "rbac.open-cluster-management.io", kinds: ["ClusterPermission"], writing: "critical" },
  { group: "capsule.clastix.io", kinds: ["Tenant", "GlobalTenantResource", "TenantResource"] },
  { group: "hnc.x-k8s.io", kinds: ["SubnamespaceAnchor", "HierarchyConfiguration"] },
  { group: "kubeflow.org", kinds: ["Profile"] },
  { group: "config.projectsveltos.io", kinds: ["ClusterProfile", "Profile"], writing: "critical" },
  { group: "lib.projectsveltos.io", kinds: ["RoleRequest"], writing: "critical" },
  { group: "kubermatic.k8c.io", kinds: ["UserProjectBinding", "GroupProjectBinding", "User"] },
  { group: "apps.kubermatic.k8c.io", kinds: ["ApplicationInstallation", "ApplicationDefinition"] },
  // OpenShift's kinds before they had groups
  { group: "", kinds: ["Template", "SecurityContextConstraints"], writing: "none" },
];

/** Resources of these kinds. */
export const resourcesOf = ({ kinds, resources = kinds.map(plural) }: AccessKinds): readonly string[] => resources;

function plural(kind: string): string {
  const word = kind.toLowerCase();
  return word.endsWith("y") ? `${word.slice(0, -1)}ies` : `${word}s`;
}
