import { defineErrors } from "#base";

/** Calls of a cluster's API. */
export const kubernetesErrors = defineErrors({
  EDGE_APPLY_KUBECONFIG: {
    message: "kubeconfig {file} cannot be used: {problem}",
    cause: "The file is missing or damaged.",
    remedy: "Set KUBECONFIG to the path of a kubeconfig, or pass --kubeconfig FILE.",
  },
  EDGE_APPLY_CONTEXT_MISSING: {
    message: 'kubeconfig {file} has no context "{context}"',
    cause: "The context's name is misspelt, or it is in another file.",
    remedy: "Use one of: {contexts}",
  },
  EDGE_APPLY_UNREACHABLE: {
    message: "the cluster at {server} cannot be reached: {problem}",
    cause: "The API server is down, its address does not resolve, the connection is blocked, or TLS failed.",
    remedy: "Check the address in the kubeconfig, and `{kubectl} get --raw /readyz`",
  },
  EDGE_APPLY_CLUSTER_TOO_OLD: {
    message: "cluster {context} runs Kubernetes {version}, but {oldest} is the oldest that is supported",
    cause: "Admission policies, which keep EdgeAgent's token to modules, came with {oldest}.",
    remedy: "Update the cluster to Kubernetes {oldest} or newer; docs/clusters.md lists what is supported.",
  },
  EDGE_APPLY_BUSY: {
    message: "the API server at {server} does not serve {verb} of {object} now ({status})",
    cause: "It is starting, overloaded, or cut off from its etcd.",
    remedy: "Wait until it serves again, then run the command again.",
  },
  EDGE_APPLY_UNAUTHORIZED: {
    message: "the cluster at {server} does not accept the credentials of context {context}",
    cause: "The token or client certificate is expired, or belongs to another cluster.",
    remedy: "Renew the credentials of the context, then run the command again.",
  },
  EDGE_APPLY_FORBIDDEN: {
    message: "{verb} of {object} is forbidden: {problem}",
    cause: "The credentials lack a permission, or the object would grant more than they have themselves.",
    remedy:
      "Use credentials that may do this; `npx edgectl render --stack STACK` shows all objects and permissions that are needed.",
  },
  EDGE_APPLY_REJECTED: {
    message: "{verb} of {object} was rejected ({status}): {problem}",
    cause: "The API server or an admission policy does not accept the object.",
    remedy: "See the reason above; what was applied before stays, and is completed by running the command again.",
  },
  EDGE_APPLY_UNKNOWN_KIND: {
    message: "the cluster knows no {kind} of {apiVersion}",
    cause: "The cluster is too old, or a CustomResourceDefinition is missing.",
    remedy: "Install what defines the kind, or update the cluster.",
  },
  EDGE_APPLY_EXEC_FAILED: {
    message: "the command in pod {pod} failed: {problem}",
    cause: "The container ended, the kubelet cannot be reached, or the command returned an error.",
    remedy: "See the pod's log: `{kubectl} logs {name} -n {namespace} --all-containers`",
  },
  EDGE_APPLY_PORT_FORWARD_FORBIDDEN: {
    message: "no right to get and create pods/portforward for {place}",
    cause: "The credentials may not reach ports of pods. ClusterRole `edit` has that right, `view` has not.",
    remedy: "Use credentials that have it, by --context",
  },
  EDGE_APPLY_PORT_FORWARD_FAILED: {
    message: "port {place} cannot be reached through the API server: {problem}",
    cause:
      "The pod ended, nothing listens there, the kubelet cannot be reached, or a proxy before the API server takes no WebSockets.",
    remedy: "See that the pod runs: `{kubectl} get pods -n {namespace}`",
  },
});
