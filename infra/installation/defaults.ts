/** What an installation gets where nothing else is said. The component and the configuration's schema share it. */
export const defaults = {
  /** Not a real hub: without the cloud the name only appears in certificates and in the modules' environment. */
  hubHostname: "standalone.iotedge.internal",
  /** The Device Provisioning Service of Azure's public cloud. */
  globalEndpoint: "https://global.azure-devices-provisioning.net",
  gatewayHostname: "edgehub",
  tokenReview: "delegator",
  imagePullPolicy: "IfNotPresent",
  logLevel: "info",
  iotedged: {
    replicas: 2,
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    servingCertificateDays: 30,
    moduleCertificateMaxDays: 90,
    tokenCacheSeconds: 10,
    tokenStaleSeconds: 60,
    requestsPerSecond: 500,
    certificatesPerMinute: 60,
    oldCiphertexts: true,
  },
  edgeAgent: {
    enabled: true,
    /** Another one is made within seconds, and modules run on without it. */
    replicas: 1,
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
  },
  proxy: {
    resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { memory: "64Mi" } },
    maxConnections: 1024,
    ipv6: true,
  },
  podSecurity: { assignedUsers: false },
  /** Long, because a certificate authority is renewed by a deployment only, and not every stack is deployed often. */
  trust: { rootDays: 3650, workloadCaDays: 730, earlyRenewalDays: 180 },
  /**
   * The ports in front of a Service and behind it: policies see the one or the other by network plugin. Those behind are of
   * kubeadm, k3s and clouds (6443, 443), minikube (8443) and MicroK8s (16443), and for DNS of OpenShift (5353).
   */
  networkPolicy: {
    enabled: true,
    apiServerAddresses: [] as readonly string[],
    apiServerPorts: [443, 6443, 8443, 16443],
    dnsPorts: [53, 5353],
  },
} as const;

/** A valid deployment manifest with no modules. */
export const emptyDeployment = {
  modulesContent: {
    $edgeAgent: {
      "properties.desired": {
        schemaVersion: "1.1",
        runtime: { type: "docker", settings: {} },
        systemModules: {},
        modules: {},
      },
    },
  },
} as const;
