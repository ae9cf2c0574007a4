import { defineErrors } from "#base";

/** Calls of the API server by the daemons. */
export const kubernetesErrors = defineErrors({
  EDGE_KUBERNETES_NO_CONFIG: {
    message: "no way to reach a Kubernetes API server is configured: {reason}",
    cause: "The process runs neither in a pod with a service account token nor with KUBECONFIG set.",
    remedy: "Run it in a pod, or set KUBECONFIG to the path of a kubeconfig file.",
  },
  EDGE_KUBERNETES_UNREACHABLE: {
    message: "the API server could not be reached for {verb} {path}: {reason}",
    cause:
      "The API server is down, its address does not resolve, a network policy drops the connection, or TLS failed.",
    remedy: "The call is repeated by itself. Check the API server and the namespace's network policies.",
  },
  EDGE_KUBERNETES_TIMEOUT: {
    message: "the API server did not answer {verb} {path} within {seconds} s",
    cause: "The API server is overloaded or the connection to it hangs.",
    remedy: "The call is repeated by itself. Check the load of the API server.",
  },
  EDGE_KUBERNETES_UNAUTHORIZED: {
    message: "the API server does not accept the token for {verb} {path} (401)",
    cause: "The service account token is expired, or its pod or ServiceAccount was deleted and made again.",
    remedy: "Restart the pod, so that it gets a token of the present ServiceAccount.",
  },
  EDGE_KUBERNETES_FORBIDDEN: {
    message: "the API server forbids {verb} {path} (403)",
    cause: "The Role of the ServiceAccount lacks the verb, or an admission policy refused the object.",
    remedy:
      "Deploy the stack again, so that its Roles are restored; check the namespace's admission policies and quota.",
  },
  EDGE_KUBERNETES_NOT_FOUND: {
    message: "the API server knows nothing at {verb} {path} (404)",
    cause: "The object or its namespace does not exist.",
    remedy: "Check that the namespace exists and is not being deleted.",
  },
  EDGE_KUBERNETES_CONFLICT: {
    message: "{verb} {path} conflicts with the object that is there (409)",
    cause: "The object exists already, or it is being deleted.",
    remedy: "The call is repeated by itself. If it stays, see what holds the object with `kubectl get -o yaml`.",
  },
  EDGE_KUBERNETES_GONE: {
    message: "the API server no longer has the version asked for by {verb} {path} (410)",
    cause: "The watch was away for longer than the API server keeps history.",
    remedy: "Nothing to do: the objects are listed again.",
  },
  EDGE_KUBERNETES_INVALID: {
    message: "the API server refuses the object of {verb} {path} ({status}): {fields}",
    cause: "A field of the object breaks a rule of its kind.",
    remedy: "Correct the named fields in what the object was made from.",
  },
  EDGE_KUBERNETES_DENIED: {
    message: "{who} refuses the object of {verb} {path} ({status})",
    cause:
      "An admission policy or an admission webhook that is none of the installation's does not let it be written. What it says may hold values of the object, and is not told here.",
    remedy:
      "Ask whoever looks after it for an exception, or change what the object was made from. `kubectl get validatingadmissionpolicies,validatingwebhookconfigurations,mutatingwebhookconfigurations` lists them.",
  },
  EDGE_KUBERNETES_THROTTLED: {
    message: "the API server throttles {verb} {path} (429)",
    cause: "Too many requests reach the API server, or an eviction budget is used up.",
    remedy: "The call is repeated by itself, more slowly. Check the load of the API server.",
  },
  EDGE_KUBERNETES_FAILED: {
    message: "the API server answered {verb} {path} with status {status}",
    cause: "The API server or an admission webhook failed.",
    remedy: "The call is repeated by itself. If it stays, read the API server's log.",
  },
});
