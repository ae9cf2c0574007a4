/** Kinds that create RBAC objects which are not in the input, by API group. */
const opaque: Readonly<Record<string, readonly string[]>> = {
  "helm.sh": ["Release", "Chart"],
  "helm.toolkit.fluxcd.io": ["HelmRelease"],
  "kustomize.toolkit.fluxcd.io": ["Kustomization"],
  "kustomize.config.k8s.io": ["Kustomization", "Component"],
  "argoproj.io": ["Application", "ApplicationSet"],
  "authorization.openshift.io": ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"],
};

/** Whether an object of this kind makes others at deploy time, so that its permissions cannot be read here. */
export function isOpaque(group: string, kind: string): boolean {
  if (group === rbacGroup) return kind.endsWith("Patch");
  return opaque[group]?.includes(kind) ?? false;
}

export const rbacGroup = "rbac.authorization.k8s.io";
/** The only version that API servers since 1.22 know. */
export const rbacVersion = "v1";
