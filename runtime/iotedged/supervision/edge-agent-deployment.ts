import { createHash } from "node:crypto";
import type {
  V1Container,
  V1OwnerReference,
  V1PodSpec,
  V1TopologySpreadConstraint,
  V1Volume,
} from "@kubernetes/client-node";
import type { Wire } from "#base";
import {
  type AgentSettings,
  annotations,
  componentLabels,
  componentSelector,
  fieldManagers,
  type IotedgedSettings,
  labels,
  mountPaths,
  objectNames,
  portNames,
  ports,
  systemModuleIds,
  tokenAudience,
} from "#contract";
import {
  type Deployment,
  hardenedContainerSecurity,
  hardenedPodSecurity,
  kubernetesTokenMount,
  kubernetesTokenVolume,
  proxySidecar,
  proxyVolumes,
} from "#shared";
import { announcedApiVersion } from "../api/api-version.ts";

/** What Deployment `edgeagent` is made from. */
export interface EdgeAgentSource {
  readonly identity: IotedgedSettings;
  readonly settings: AgentSettings;
  /** ServiceAccount `iotedged`. */
  readonly owner: V1OwnerReference;
  /** UID of ServiceAccount `edgeagent`. */
  readonly generationId: string;
}

const name = objectNames.edgeAgent;
/** User of the images of this project. */
const user = 1000;
const revisionHistory = 2;
const volumes = { config: "iotedge-config", agentConfig: "iotedge-agent-config", scratch: "iotedge-tmp" } as const;

/** Deployment `edgeagent` as it should be. */
export function edgeAgentDeployment(source: EdgeAgentSource): Deployment {
  const { identity, owner } = source;
  const { installation } = identity;
  const moduleId = { [annotations.moduleId]: systemModuleIds.edgeAgent };
  const own = {
    ...componentLabels("edgeagent", installation.name),
    [labels.managedBy]: fieldManagers.iotedged,
    [labels.module]: name,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name,
      namespace: installation.namespace,
      labels: own,
      annotations: moduleId,
      ownerReferences: [owner],
    },
    spec: {
      replicas: source.settings.replicas,
      revisionHistoryLimit: revisionHistory,
      // Two versions of EdgeAgent, or of its settings, would undo each other's work in turns.
      strategy: { type: "Recreate" },
      selector: { matchLabels: componentSelector("edgeagent", installation.name) },
      template: {
        metadata: { labels: own, annotations: { ...moduleId, [annotations.configHash]: configHash(source) } },
        spec: podSpec(source),
      },
    },
  };
}

function podSpec(source: EdgeAgentSource): Wire<V1PodSpec> {
  const { identity, settings } = source;
  const { proxy, logLevel, imagePullSecrets } = settings;
  return {
    serviceAccountName: name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(settings.edgeAgent.placement as Partial<Wire<V1PodSpec>> | undefined),
    ...(settings.replicas > 1 ? { topologySpreadConstraints: [onNodesOfTheirOwn(identity)] } : {}),
    securityContext: {
      ...hardenedPodSecurity,
      ...(settings.assignedUsers === true ? {} : { runAsUser: user, runAsGroup: user, fsGroup: user }),
    },
    imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })),
    initContainers: [proxySidecar({ settings: proxy, management: true, logLevel })],
    containers: [edgeAgentContainer(source)],
    volumes: [
      ...proxyVolumes({ audience: tokenAudience(identity.installation) }),
      kubernetesTokenVolume,
      configMapVolume(volumes.config, objectNames.iotedgedConfig),
      configMapVolume(volumes.agentConfig, objectNames.agentConfig),
      { name: volumes.scratch, emptyDir: { sizeLimit: "16Mi" } },
    ] as Wire<V1Volume>[],
  };
}

/** Where there is more than one node, replicas run on different ones, so that one survives the loss of a node. */
function onNodesOfTheirOwn({ installation }: IotedgedSettings): V1TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: componentSelector("edgeagent", installation.name) },
  };
}

function edgeAgentContainer({ settings, generationId }: EdgeAgentSource): V1Container {
  const { image, imagePullPolicy, resources } = settings.edgeAgent;
  const port = portNames.observability;
  return {
    name,
    image,
    imagePullPolicy,
    resources,
    env: [
      { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
      { name: "POD_NAMESPACE", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } } },
      { name: "IOTEDGE_MANAGEMENTURI", value: `http://localhost:${ports.management}/` },
      { name: "IOTEDGE_WORKLOADURI", value: `http://localhost:${ports.workload}/` },
      { name: "IOTEDGE_MODULEID", value: systemModuleIds.edgeAgent },
      { name: "IOTEDGE_MODULEGENERATIONID", value: generationId },
      { name: "IOTEDGE_APIVERSION", value: announcedApiVersion },
    ],
    ports: [{ name: port, containerPort: ports.observability, protocol: "TCP" }],
    startupProbe: { httpGet: { path: "/startupz", port }, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: "/livez", port }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    readinessProbe: { httpGet: { path: "/readyz", port }, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 2 },
    securityContext: hardenedContainerSecurity,
    volumeMounts: [
      kubernetesTokenMount,
      { name: volumes.config, mountPath: mountPaths.iotedgedConfig, readOnly: true },
      { name: volumes.agentConfig, mountPath: mountPaths.agentConfig, readOnly: true },
      { name: volumes.scratch, mountPath: mountPaths.scratch },
    ],
  };
}

function configMapVolume(volume: string, configMap: string): V1Volume {
  return { name: volume, configMap: { name: configMap } };
}

/** Hash of the settings that EdgeAgent reads: any change restarts it, also one that it would have noticed by itself. */
function configHash({ identity, settings }: EdgeAgentSource): string {
  return createHash("sha256")
    .update(JSON.stringify([identity, settings]))
    .digest("hex");
}
