/**
 * Names of the objects of one installation. Namespaced objects have fixed names: a namespace holds at most one
 * installation. Cluster-scoped ones carry the installation's name, which is unique in its cluster.
 */
export const objectNames = {
  /** ServiceAccount, Deployment, Service, Role, RoleBinding, PodDisruptionBudget and NetworkPolicy of iotedged. */
  iotedged: "iotedged",
  /** ServiceAccount, Role, RoleBinding, NetworkPolicy and (made by iotedged at run time) Deployment of EdgeAgent. */
  edgeAgent: "edgeagent",
  /** NetworkPolicy of the pods that fetch images. */
  puller: "iotedge-pull",
  workloadCa: "iotedged-workload-ca",
  identity: "iotedged-identity",
  trustBundle: "iotedged-proxy-trust-bundle",
  iotedgedConfig: "iotedged-config",
  agentConfig: "iotedged-agent-config",
  deployment: "edgeagent-deployment",
  /** Written by EdgeAgent at run time. */
  status: "edgeagent-status",
  /** Written by iotedged at run time: which pod trusts what. */
  trustRecord: "iotedged-trust",
  /** Secret with the manifest's registry credentials, written by EdgeAgent where the installation lets it. */
  registryCredentials: "edgeagent-registry-credentials",
} as const;

/**
 * Secret with the credentials of the stack's private registries. EdgeAgent knows it by `imagePullSecrets`, and keeps modules
 * from it as from all of these.
 */
export const registriesSecret = "iotedged-registries";

/** Certificate of cert-manager for the workload CA, and the Secret that it makes. EdgeAgent keeps modules from it by its settings. */
export const issuedCaSecret = "iotedged-issued-ca";

/** What of {@link objectNames} is no Secret and no ConfigMap. */
const daemons: ReadonlySet<string> = new Set([objectNames.iotedged, objectNames.edgeAgent, objectNames.puller]);

/**
 * Names of Secrets and ConfigMaps that no module may read: the installation's keys, credentials and settings. The trust
 * bundle is for modules, too.
 */
export const closedNames: readonly string[] = Object.values(objectNames).filter(
  (name) => name !== objectNames.trustBundle && !daemons.has(name),
);

/** Keys inside the ConfigMaps and Secrets of an installation. */
export const dataKeys = {
  iotedgedConfig: "config.json",
  agentConfig: "settings.json",
  deployment: "deployment.json",
  status: "status.json",
  trustBundle: "trust_bundle.pem",
  trustRecord: "record.json",
  /** In {@link objectNames.trustRecord}: which ciphertexts each pod of iotedged reads. */
  ciphertexts: "ciphertexts.json",
  /** In {@link objectNames.trustRecord}: how a connected installation fares with its hub. */
  hubRecord: "hub.json",
  /** Workload CA: its certificate followed by the CAs above it, less the root. */
  certificate: "tls.crt",
  /** PEM private key (PKCS #8) of the certificate beside it. */
  privateKey: "tls.key",
  /** PEM private key (PKCS #8, P-256) from which iotedged derives the root key and the encryption keys. */
  identityKey: "identity.key",
  /** In the Secret of `provisioning.existingSecret`: the device's, as IoT Hub gives it. */
  connectionString: "connectionString",
  /** Beside it, optional: the same with the device's other key, for the time in which the hub's keys are changed. */
  secondaryConnectionString: "secondaryConnectionString",
  /** There with a provisioning service: the key of the enrollment, or that which is derived from a group's. */
  symmetricKey: "symmetricKey",
  /** Beside it, optional: the other one. */
  secondarySymmetricKey: "secondarySymmetricKey",
} as const;

/**
 * Names of the cluster-scoped objects of the installation `name`.
 *
 * @param name the installation's name, unique in its cluster
 */
export function clusterObjectNames(name: string) {
  return {
    /** ClusterRoleBinding to `system:auth-delegator`; only with `tokenReview: delegator`. */
    authDelegator: `iotedge:${name}:auth-delegator`,
    /** ClusterRole with `tokenreviews: create` alone, and its binding; only with `tokenReview: minimal`. */
    tokenReviewer: `iotedge:${name}:token-reviewer`,
    /** ClusterRole with `nodes: list`; only with `nodeObserver: true`. */
    nodeObserverRole: `iotedge:${name}:iotedge:node-observer`,
    /** ClusterRoleBinding to {@link nodeObserverRole}. */
    nodeObserverBinding: `iotedge:${name}:node-observer`,
    /** ValidatingAdmissionPolicy and its binding: what EdgeAgent may write. Not with `edgeAgent.admissionPolicy: false`. */
    edgeAgentWorkloads: `iotedge-${name}-edgeagent-workloads`,
    /** The same for modules' pods, whoever makes or changes them on their way. */
    modulePods: `iotedge-${name}-module-pods`,
    /** The same for whom they run as. */
    moduleAccounts: `iotedge-${name}-module-accounts`,
  } as const;
}

/** Name of the sidecar container in every module's pod. */
export const proxyContainer = "proxy";

/** Field managers of server-side apply: who owns which field. */
export const fieldManagers = {
  iotedged: "iotedged",
  /** Of {@link dataKeys.ciphertexts} alone, so that a replica which does not know the key leaves it as it is. */
  ciphertexts: "iotedged-ciphertexts",
  /** Of {@link dataKeys.hubRecord} alone. */
  hub: "iotedged-hub",
  edgeAgent: "edgeagent",
  edgectl: "edgectl",
} as const;
