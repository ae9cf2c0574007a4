import type { V1Container, V1PodSpec, V1PodTemplateSpec } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { annotations, moduleLabels, tokenAudience } from "#contract";
import type { Module, PodOptions, Privileges } from "#manifest";
import { hardenedPodSecurity, proxySidecar, proxyVolumes } from "#shared";
import { environmentOf } from "./environment.ts";
import { type Installation, objectNameOf } from "./installation.ts";
import { tolerationsOf } from "./lost-node.ts";
import { podSecurityOf } from "./low-ports.ts";
import { claimName, moduleContainer, moduleVolumes } from "./module-container.ts";
import { moduleDefaults } from "./module-security.ts";
import { pullSecretNames } from "./pull-secret.ts";
import { volumeGroupOf } from "./volume-group.ts";

/**
 * The pod that runs the module: its container beside the proxy.
 *
 * @param generationId UID of the module's ServiceAccount
 */
export function podTemplate(module: Module, installation: Installation, generationId: string): Wire<V1PodTemplateSpec> {
  const { identity, settings } = installation;
  const name = objectNameOf(module.id, installation);
  const { proxy, logLevel } = settings;
  const { pod, privileges } = module;
  const defaults = moduleDefaults(installation);
  const env = environmentOf(module, installation, generationId);
  const sidecar = proxySidecar({ settings: proxy, management: false, logLevel, listens: module.proxyPorts });
  return {
    metadata: {
      labels: moduleLabels(identity.installation.name, name),
      annotations: {
        ...pod.annotations,
        [annotations.moduleId]: module.id,
        ...(module.version === undefined ? {} : { [annotations.moduleVersion]: module.version }),
      },
    },
    spec: {
      ...placement(pod),
      ...tolerationsOf(module, settings.modules),
      ...hostNamespaces(privileges),
      ...deviceClaims(module),
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        ...podSecurityOf(module),
        ...volumeGroupOf(module, defaults, settings.assignedUsers),
        ...hardenedPodSecurity,
      },
      imagePullSecrets: pullSecretNames(installation).map((secret) => ({ name: secret })),
      initContainers: [privileges.hostNetwork ? withHostPorts(sidecar) : sidecar],
      containers: [moduleContainer(module, name, env, { defaults, movingTags: settings.modules.movingTags })],
      volumes: [
        ...proxyVolumes({ audience: tokenAudience(identity.installation) }),
        ...moduleVolumes(module, defaults),
      ],
    },
  };
}

/** Where the pod runs, how it is called there and how long it may take to end. */
function placement(pod: PodOptions): Partial<Wire<V1PodSpec>> {
  const { nodeSelector, affinity, topologySpreadConstraints, priorityClassName, runtimeClassName } = pod;
  const { hostname, hostAliases, dns, stopTimeout } = pod;
  return {
    ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
    ...(affinity === undefined ? {} : { affinity }),
    ...(topologySpreadConstraints === undefined ? {} : { topologySpreadConstraints: [...topologySpreadConstraints] }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
    ...(runtimeClassName === undefined ? {} : { runtimeClassName }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(hostAliases.length === 0 ? {} : { hostAliases: [...hostAliases] }),
    ...(dns === undefined ? {} : { dnsConfig: dns }),
    ...(stopTimeout === undefined ? {} : { terminationGracePeriodSeconds: stopTimeout }),
  };
}

/** Devices by dynamic resource allocation: each pod has claims of its own, made from the templates. */
function deviceClaims({ container }: Module): Partial<Wire<V1PodSpec>> {
  const { claimTemplates } = container;
  if (claimTemplates === undefined) return {};
  return { resourceClaims: claimTemplates.map((name) => ({ name: claimName(name), resourceClaimTemplateName: name })) };
}

function hostNamespaces({ hostNetwork, hostPid, hostIpc }: Privileges): Partial<Wire<V1PodSpec>> {
  return {
    ...(hostNetwork ? { hostNetwork, dnsPolicy: "ClusterFirstWithHostNet" } : {}),
    ...(hostPid ? { hostPID: true } : {}),
    ...(hostIpc ? { hostIPC: true } : {}),
  };
}

/** As the API server would fill them in, and keep them when the module leaves the node's network. */
function withHostPorts(container: V1Container): V1Container {
  const ports = container.ports?.map((port) => ({ ...port, hostPort: port.containerPort }));
  return { ...container, ...(ports === undefined ? {} : { ports }) };
}
