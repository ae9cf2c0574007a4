import type { V1PodSpec, V1PodTemplateSpec } from "@kubernetes/client-node";
import { annotations, moduleObjectName, tokenAudience } from "#contract";
import type { Deployment } from "../../shared/kubernetes/kinds.ts";
import type { Wire } from "../../shared/kubernetes/objects.ts";
import { proxySidecar } from "../../shared/pod/proxy-sidecar.ts";
import { hardenedPodSecurity } from "../../shared/pod/security.ts";
import { proxyVolumes } from "../../shared/pod/volumes.ts";
import type { Module } from "../manifest/manifest.ts";
import type { PodOptions } from "../manifest/module-options.ts";
import { environmentOf } from "./environment.ts";
import { type Installation, moduleLabels, moduleMetadata, moduleSelector } from "./installation.ts";
import { moduleContainer, moduleVolumes } from "./module-container.ts";
import { strategyOf } from "./strategy.ts";

const revisionHistory = 2;

/**
 * What runs the module: its container beside the proxy.
 *
 * @param generationId UID of the module's ServiceAccount
 */
export function deploymentOf(module: Module, installation: Installation, generationId: string): Deployment {
  const name = moduleObjectName(module.id);
  const instance = installation.identity.installation.name;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: moduleMetadata(installation, name, module.id),
    spec: {
      replicas: module.status === "stopped" ? 0 : module.pod.replicas,
      revisionHistoryLimit: revisionHistory,
      selector: { matchLabels: moduleSelector(instance, name) },
      strategy: strategyOf(module),
      template: podTemplate(module, installation, generationId),
    },
  };
}

function podTemplate(module: Module, installation: Installation, generationId: string): Wire<V1PodTemplateSpec> {
  const { identity, settings } = installation;
  const name = moduleObjectName(module.id);
  const { proxy, logLevel } = settings;
  const { pod } = module;
  return {
    metadata: {
      labels: moduleLabels(identity.installation.name, name),
      annotations: { ...pod.annotations, [annotations.moduleId]: module.id },
    },
    spec: {
      ...placement(pod),
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { ...pod.securityContext, ...hardenedPodSecurity },
      imagePullSecrets: settings.imagePullSecrets.map((secret) => ({ name: secret })),
      initContainers: [proxySidecar({ settings: proxy, management: false, logLevel })],
      containers: [moduleContainer(module, environmentOf(module, installation, generationId))],
      volumes: [...proxyVolumes({ audience: tokenAudience(identity.installation) }), ...moduleVolumes(module)],
    },
  };
}

/** Where the pod runs, how it is called there and how long it may take to end. */
function placement(pod: PodOptions): Partial<Wire<V1PodSpec>> {
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints, priorityClassName } = pod;
  const { hostname, hostAliases, dns, stopTimeout } = pod;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(tolerations === undefined ? {} : { tolerations: [...tolerations] }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(topologySpreadConstraints === undefined ? {} : { topologySpreadConstraints: [...topologySpreadConstraints] }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(hostAliases.length === 0 ? {} : { hostAliases: [...hostAliases] }),
    ...(dns === undefined ? {} : { dnsConfig: dns }),
    ...(stopTimeout === undefined ? {} : { terminationGracePeriodSeconds: stopTimeout }),
  };
}
