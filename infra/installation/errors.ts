import { defineErrors } from "#base";

/** What an installation refuses. */
export const installationErrors = defineErrors({
  EDGE_INSTALLATION_TRUST: {
    message: "trust.{field} of installation {installation} is {value}, but must be {allowed}",
    cause:
      "With such periods a certificate would be replaced by every deployment, or would outlive the authority that signed it.",
    remedy: "{remedy}",
  },
  EDGE_INSTALLATION_ADMISSION: {
    message: "installation {installation}: {found}",
    cause:
      "The admission policy keeps whoever has EdgeAgent's token from the CA's key, from the node and from iotedged. An installation without it is one that somebody has decided to run so.",
    remedy:
      "Leave `edgeAgent.admissionPolicy` out, or write `admissionPolicy: false` and say why in `admissionPolicyOffBecause`.",
  },
  EDGE_INSTALLATION_MODULE_RIGHTS: {
    message: "`edgeAgent` of installation {installation}: {found}",
    cause: "What modules have without asking is never more than the policy lets them have by asking.",
    remedy:
      "Write one of the names that docs/module-rights.md lists, and `policy.root: true` where images may run as root.",
  },
  EDGE_INSTALLATION_PROVISIONING: {
    message: "`{key}` of installation {installation} {found}, but must be {allowed}",
    cause:
      "An installation with `provisioning` is connected to IoT Hub, where its manifest is; any other stands alone with a manifest of its stack. Two sources of one manifest would overwrite each other.",
    remedy: "{remedy}",
  },
  EDGE_INSTALLATION_CLUSTER_OBJECTS: {
    message: "`clusterObjects` of installation {installation} is {value}",
    cause: "Cluster-scoped objects are made either by the stack or by an administrator.",
    remedy: "Write `managed` or `external`; docs/divided-duties.md tells what each means.",
  },
  EDGE_INSTALLATION_NETWORK_ADDRESS: {
    message: "`networkPolicy.apiServerAddresses` has {address}, which is neither an IP address nor a range of them",
    cause: "A NetworkPolicy knows addresses alone, and no names.",
    remedy:
      "Write addresses such as 10.0.0.5, or ranges such as 10.0.0.0/28. `edgectl check --pre` prints those of a cluster.",
  },
  EDGE_INSTALLATION_PROVIDER: {
    message:
      "the {provider} of installation {installation} would replace ConfigMaps and Secrets instead of changing them: it lacks {missing}",
    cause:
      "The provider replaces one whose data changes: it deletes it first, and pods that mount it see the trust bundle or the CA vanish.",
    remedy: "{remedy}",
  },
  EDGE_INSTALLATION_SECRET: {
    message:
      "`{field}` of installation {installation} is a secret, but would be readable by everyone who may read its namespace",
    cause:
      "What a ConfigMap holds is not secret. Pulumi marks a value as secret, the cluster would show it in plain text.",
    remedy: "Keep the secret in a Kubernetes Secret and let the module mount it, or pass a plain value.",
  },
});
