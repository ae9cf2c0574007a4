import { defineErrors } from "#base";

/** iotedged's own material. */
export const iotedgedErrors = defineErrors({
  EDGE_IOTEDGED_OTHER_ACCOUNT: {
    message: "iotedged runs as {account}, and its settings are those of {expected}",
    cause:
      "Something has changed names or namespaces after the manifests were rendered, most often a kustomization. They are in settings, policies, certificates and tokens' audiences, too, where nothing changes them.",
    remedy:
      "Take `namespace`, `namePrefix` and `nameSuffix` out of the kustomization above the rendered folder. Another namespace is another installation in the stack: docs/gitops.md.",
  },
  EDGE_IOTEDGED_IDENTITY_INVALID: {
    message: "the key in Secret iotedged-identity cannot be used: {reason}",
    cause: "The Secret was written by hand, or holds another kind of key.",
    remedy: "Deploy the stack again. Note that a new key changes the keys of all modules.",
  },
  EDGE_IOTEDGED_CA_INVALID: {
    message: "the CA in Secret iotedged-workload-ca cannot be used: {reason}",
    cause: "The Secret was written by hand or is half-updated, or its certificate does not fit its key.",
    remedy: "Deploy the stack again. Until then iotedged keeps the last CA that it could use.",
  },
  EDGE_IOTEDGED_CA_EXPIRED: {
    message: "the CA in Secret iotedged-workload-ca ended at {notAfter}",
    cause: "Nobody deployed the stack since the CA was due for renewal.",
    remedy: "Deploy the stack: it renews the CA, and iotedged takes it within a minute or so.",
  },
  EDGE_IOTEDGED_NAME_REFUSED: {
    message: "a server certificate for {host} is refused: {reason}",
    cause:
      "A module gets certificates for its own Service, whose names it also gets when it asks for its id or its host name. The gateway's name is for $edgeHub alone; names of Services are for their modules.",
    remedy:
      "Ask for the module's id. For a name under which clients outside of the cluster reach it, list that name under `k8s-extensions.serverNames` in its createOptions.",
  },
  EDGE_IOTEDGED_TRUST_BUNDLE_INVALID: {
    message: "ConfigMap iotedged-proxy-trust-bundle cannot be used: {reason}",
    cause: "The ConfigMap was written by hand.",
    remedy: "Deploy the stack again. Until then iotedged keeps the last bundle that it could use.",
  },
});
