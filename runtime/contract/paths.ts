/** Directories where ConfigMaps, Secrets and tokens are mounted. The file in each is named by `dataKeys`. */
export const mountPaths = {
  iotedgedConfig: "/etc/iotedge/iotedged",
  agentConfig: "/etc/iotedge/agent",
  workloadCa: "/etc/iotedge/workload-ca",
  identity: "/etc/iotedge/identity",
  /** The device's credential for IoT Hub; in iotedged alone, and only in a connected installation. */
  provisioning: "/etc/iotedge/provisioning",
  /** Whole ConfigMap, never `subPath`: a `subPath` mount is not updated. */
  trustBundle: "/etc/iotedge/trust-bundle",
  /** The module's token for iotedged; mounted in the proxy container only. */
  moduleToken: "/var/run/secrets/iotedge",
  /** The API server's token, CA and namespace, at the place where every client library looks. */
  kubernetesToken: "/var/run/secrets/kubernetes.io/serviceaccount",
  scratch: "/tmp",
} as const;

/** File name of the projected token in `mountPaths.moduleToken`. */
export const moduleTokenFile = "token";

/** Life of projected tokens in seconds. The kubelet renews them at 80 % of it. */
export const tokenLifetimeSeconds = 3600;
