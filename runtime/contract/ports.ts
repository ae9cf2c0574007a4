/** TCP ports. The two API ports are those of IoT Edge 1.1 on Kubernetes. */
export const ports = {
  /** Management API: HTTPS at iotedged, plain HTTP on loopback at EdgeAgent's proxy. */
  management: 35000,
  /** Workload API: HTTPS at iotedged, plain HTTP on loopback at every module's proxy. */
  workload: 35001,
  /** iotedged and EdgeAgent: `/livez`, `/readyz`, `/startupz`, `/metrics`; plain HTTP. */
  observability: 9600,
  /** Proxy: `/livez`, `/readyz`, `/metrics`; plain HTTP. */
  proxyObservability: 9601,
} as const;

/** Name of each port in Services and pod specs. */
export const portNames = {
  management: "management",
  workload: "workload",
  observability: "observability",
  proxyObservability: "proxy-obs",
} as const;
