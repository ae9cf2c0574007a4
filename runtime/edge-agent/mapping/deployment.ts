import type { V1Container, V1PodTemplateSpec, V1SecurityContext, V1Volume } from "@kubernetes/client-node";
import { annotations, moduleObjectName, mountPaths, tokenAudience } from "#contract";
import type { Deployment } from "../../shared/kubernetes/kinds.ts";
import type { Wire } from "../../shared/kubernetes/objects.ts";
import { proxySidecar } from "../../shared/pod/proxy-sidecar.ts";
import { hardenedContainerSecurity, hardenedPodSecurity } from "../../shared/pod/security.ts";
import { proxyVolumes } from "../../shared/pod/volumes.ts";
import type { Module } from "../manifest/manifest.ts";
import { allowedCapability } from "../manifest/namespace-border.ts";
import { environmentOf, literal } from "./environment.ts";
import { type Installation, moduleLabels, moduleMetadata, moduleSelector } from "./installation.ts";
import { portName } from "./service.ts";

/** User that a module runs as when it names none: many images name root, which no module may be. */
const defaultUser = 1000;
const revisionHistory = 2;
const pullPolicies = { "on-create": "IfNotPresent", never: "Never" } as const;
const scratchVolume = "iotedge-tmp";

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
      replicas: module.status === "stopped" ? 0 : 1,
      revisionHistoryLimit: revisionHistory,
      selector: { matchLabels: moduleSelector(instance, name) },
      strategy: { type: "RollingUpdate" },
      template: podTemplate(module, installation, generationId),
    },
  };
}

function podTemplate(module: Module, installation: Installation, generationId: string): Wire<V1PodTemplateSpec> {
  const { identity, settings } = installation;
  const name = moduleObjectName(module.id);
  const { proxy, logLevel } = settings;
  return {
    metadata: {
      labels: moduleLabels(identity.installation.name, name),
      annotations: { [annotations.moduleId]: module.id },
    },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: hardenedPodSecurity,
      imagePullSecrets: settings.imagePullSecrets.map((secret) => ({ name: secret })),
      initContainers: [proxySidecar({ settings: proxy, management: false, logLevel })],
      containers: [moduleContainer(name, module, environmentOf(module, installation, generationId))],
      volumes: [...proxyVolumes({ audience: tokenAudience(identity.installation) }), ...scratch(module)],
    },
  };
}

function moduleContainer(name: string, module: Module, env: V1Container["env"] & object): V1Container {
  const { command, args, workingDirectory, ports, readOnlyRoot } = module.container;
  return {
    name,
    image: module.image,
    imagePullPolicy: pullPolicies[module.imagePullPolicy],
    ...(command === undefined ? {} : { command: command.map(literal) }),
    ...(args === undefined ? {} : { args: args.map(literal) }),
    ...(workingDirectory === undefined ? {} : { workingDir: workingDirectory }),
    env,
    ...(ports.length === 0
      ? {}
      : {
          ports: ports.map((port) => ({ name: portName(port), containerPort: port.port, protocol: port.protocol })),
        }),
    securityContext: moduleSecurity(module),
    ...(readOnlyRoot ? { volumeMounts: [{ name: scratchVolume, mountPath: mountPaths.scratch }] } : {}),
  };
}

function moduleSecurity({ container }: Module): V1SecurityContext {
  const { user, readOnlyRoot, bindPrivilegedPorts } = container;
  return {
    ...hardenedContainerSecurity,
    ...(bindPrivilegedPorts ? { capabilities: { drop: ["ALL"], add: [allowedCapability] } } : {}),
    readOnlyRootFilesystem: readOnlyRoot,
    runAsUser: user?.uid ?? defaultUser,
    ...(user?.gid === undefined ? {} : { runAsGroup: user.gid }),
  };
}

/** `/tmp` stays writable where the rest of the file system is not. */
function scratch({ container }: Module): Wire<V1Volume>[] {
  return container.readOnlyRoot ? [{ name: scratchVolume, emptyDir: {} }] : [];
}
