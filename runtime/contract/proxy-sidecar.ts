import type { ProxySettings } from "./agent-settings.ts";
import { objectNames } from "./names.ts";
import { mountPaths } from "./paths.ts";

/** Names of the volumes that this project adds to pods; users' own volumes cannot begin with `iotedge-`. */
export const volumeNames = {
  moduleToken: "iotedge-token",
  trustBundle: "iotedge-trust-bundle",
  proxyScratch: "iotedge-proxy-tmp",
  kubernetesToken: "iotedge-kubernetes-token",
} as const;

/** Where the proxy finds its volumes, which are for it alone. */
export const proxyMounts = [
  { name: volumeNames.moduleToken, mountPath: mountPaths.moduleToken, readOnly: true },
  { name: volumeNames.trustBundle, mountPath: mountPaths.trustBundle, readOnly: true },
  { name: volumeNames.proxyScratch, mountPath: mountPaths.scratch },
] as const;

/** Where the proxy of a module on its node's network is told to listen. */
export const proxyPortVariables = {
  workload: "PROXY_WORKLOAD_PORT",
  observability: "PROXY_OBSERVABILITY_PORT",
} as const;

/**
 * The variables by which the proxy is told what to do: it takes no arguments.
 *
 * @param options.management whether the management API is offered too: to EdgeAgent alone
 * @param options.ports where it listens, if not where all others do
 */
export function proxyEnvironment(options: {
  readonly management: boolean;
  readonly ports?: { readonly workload: number; readonly observability: number } | undefined;
  readonly logLevel: string;
  readonly proxy: Pick<ProxySettings, "maxConnections" | "ipv6">;
}) {
  const { maxConnections, ipv6 } = options.proxy;
  const { ports } = options;
  return [
    { name: "IOTEDGED_HOST", value: objectNames.iotedged },
    { name: "PROXY_MANAGEMENT", value: options.management ? "on" : "off" },
    { name: "PROXY_LOG_LEVEL", value: options.logLevel },
    ...(maxConnections === undefined ? [] : [{ name: "PROXY_MAX_CONNECTIONS", value: String(maxConnections) }]),
    ...(ipv6 === false ? [{ name: "PROXY_IPV6", value: "off" }] : []),
    ...(ports === undefined
      ? []
      : [
          { name: proxyPortVariables.workload, value: String(ports.workload) },
          { name: proxyPortVariables.observability, value: String(ports.observability) },
        ]),
  ];
}
