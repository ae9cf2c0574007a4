/** Namespaces that Kubernetes reserves for itself. Other names that begin with `kube-` are users' own. */
const reserved = new Set(["kube-system", "kube-public", "kube-node-lease"]);

/** Whether a namespace holds what runs the cluster itself, so that power in it is power over the cluster. */
export function isControlPlane(namespace: string): boolean {
  return reserved.has(namespace) || namespace === "openshift" || namespace.startsWith("openshift-");
}
