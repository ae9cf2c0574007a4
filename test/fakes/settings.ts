import { type AgentSettings, defaultModuleSettings, type IotedgedSettings, noFeatures } from "#contract";

/** Settings of iotedged in an installation as it may be. */
export const iotedgedSettings = {
  installation: { name: "plant-7", namespace: "edge-a" },
  deviceId: "device-1",
  hubHostname: "hub.example.com",
  gatewayHostname: "gateway.example.com",
  nodeObserver: true,
  certificates: { servingDays: 30, serverMaxDays: 90 },
  features: noFeatures,
  authentication: { cacheSeconds: 10, staleSeconds: 60 },
  limits: { requestsPerSecond: 500, certificatesPerMinute: 60 },
  logLevel: "info",
} satisfies IotedgedSettings;

/** Settings of EdgeAgent in the same installation. */
export const agentSettings: AgentSettings = {
  enabled: true,
  replicas: 1,
  edgeAgent: { image: "registry.example.com/edge-agent:1", imagePullPolicy: "IfNotPresent", resources: {} },
  proxy: {
    image: "registry.example.com/proxy:1",
    imagePullPolicy: "IfNotPresent",
    resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { memory: "32Mi" } },
  },
  imagePullSecrets: ["registry"],
  modules: defaultModuleSettings,
  logLevel: "warn",
};
