import type { V1Container } from "@kubernetes/client-node";
import { type ProxySettings, portNames, ports, proxyContainer, proxyEnvironment, proxyMounts } from "#contract";
import { hardenedContainerSecurity } from "./security.ts";

/** Seconds before the kubelet restarts a proxy that is not ready: long, as a restart does not bring iotedged back. */
const startSeconds = 600;

/**
 * The proxy as native sidecar: an init container that keeps running. It starts before the module and ends after it, so
 * that the module never finds the port closed, also in a Job.
 *
 * @param options.management whether the management API is offered too: to EdgeAgent alone
 * @param options.listens where it listens, if not where all others do
 */
export function proxySidecar(options: {
  readonly settings: ProxySettings;
  readonly management: boolean;
  readonly logLevel: string;
  readonly listens?: { readonly workload: number; readonly observability: number } | undefined;
}): V1Container {
  const { settings, management, logLevel, listens } = options;
  const port = portNames.proxyObservability;
  return {
    name: proxyContainer,
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    restartPolicy: "Always",
    env: proxyEnvironment({ management, logLevel, proxy: settings, ports: listens }),
    ports: [{ name: port, containerPort: listens?.observability ?? ports.proxyObservability }],
    startupProbe: { httpGet: { path: "/readyz", port }, periodSeconds: 1, failureThreshold: startSeconds },
    livenessProbe: { httpGet: { path: "/livez", port }, periodSeconds: 10, failureThreshold: 3 },
    resources: settings.resources,
    securityContext: hardenedContainerSecurity,
    volumeMounts: [...proxyMounts],
  };
}
