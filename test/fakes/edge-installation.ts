import { type AgentSettings, defaultModuleSettings, type IotedgedSettings, noFeatures } from "#contract";
import type { Module } from "../../runtime/edge-agent/manifest/manifest.ts";
import { parseManifest } from "../../runtime/edge-agent/manifest/parse-manifest.ts";
import { describeProblem } from "../../runtime/edge-agent/manifest/problems.ts";
import { noCredentials } from "../../runtime/edge-agent/manifest/registry-credentials.ts";
import type { Installation } from "../../runtime/edge-agent/mapping/installation.ts";

export const identity: IotedgedSettings = {
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
};

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

/** What modules are mapped with in tests. */
export const installation: Installation = {
  identity,
  settings: agentSettings,
  owner: { apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: "owner-uid" },
  credentials: noCredentials,
};

/** A deployment manifest as text. */
export function manifestText(modules: object, more: object = {}): string {
  return JSON.stringify({
    modulesContent: { $edgeAgent: { "properties.desired": { schemaVersion: "1.1", modules, ...more } } },
  });
}

/** The modules of a manifest, which has to be good. */
export function modulesOf(modules: object, more: object = {}): readonly Module[] {
  const parsed = parseManifest(manifestText(modules, more));
  if (!parsed.ok) throw new Error(parsed.errors.map(describeProblem).join("\n"));
  return parsed.manifest.modules;
}
