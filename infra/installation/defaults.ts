/** What an installation gets where nothing else is said. The component and the configuration's schema share it. */
export const defaults = {
  /** Not a real hub: without the cloud the name only appears in certificates and in the modules' environment. */
  hubHostname: "standalone.iotedge.internal",
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
  /** Long, because a certificate authority is renewed by a deployment only, and not every stack is deployed often. */
  trust: { rootDays: 3650, workloadCaDays: 730, earlyRenewalDays: 180 },
  /** The API server's port behind its Service, and in front of it: policies see the one or the other by network plugin. */
  networkPolicy: { enabled: true, apiServerPorts: [443, 6443], dnsPorts: [53] },
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
