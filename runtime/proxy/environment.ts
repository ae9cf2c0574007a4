import { dataKeys, moduleTokenFile, mountPaths, objectNames, ports } from "#contract";

/** Where the parts of the proxy lie, and the ports that it uses. */
export interface ProxyLayout {
  readonly workloadPort: number;
  readonly managementPort: number;
  /** Where `/livez`, `/readyz`, `/metrics` and `/status` are served. */
  readonly observabilityPort: number;
  readonly workloadUpstreamPort: number;
  readonly managementUpstreamPort: number;
  readonly tokenFile: string;
  readonly trustBundleFile: string;
  /** The one directory that the proxy writes to: its sockets. */
  readonly scratch: string;
  /** Directory of HAProxy's configuration. */
  readonly configDirectory: string;
  /** Path of the HAProxy program. */
  readonly haproxy: string;
}

/** The layout in the image, as the contract has it. */
export const imageLayout: ProxyLayout = {
  workloadPort: ports.workload,
  managementPort: ports.management,
  observabilityPort: ports.proxyObservability,
  workloadUpstreamPort: ports.workload,
  managementUpstreamPort: ports.management,
  tokenFile: `${mountPaths.moduleToken}/${moduleTokenFile}`,
  trustBundleFile: `${mountPaths.trustBundle}/${dataKeys.trustBundle}`,
  scratch: mountPaths.scratch,
  configDirectory: "/etc/haproxy",
  haproxy: "/usr/sbin/haproxy",
};

/** What the readiness probe asks iotedged for. Not the bundle itself: that would count as fetched by the module. */
const probePath = "/trust-bundle/hash?api-version=2020-07-07";

/**
 * Environment that HAProxy's configuration refers to. A pod may override `IOTEDGED_HOST`, `PROXY_MANAGEMENT`,
 * `PROXY_LOG_LEVEL`, `PROXY_MAX_CONNECTIONS` and `PROXY_IPV6`.
 */
export function proxyEnvironment(layout: ProxyLayout): Record<string, string> {
  return {
    IOTEDGED_HOST: objectNames.iotedged,
    PROXY_MANAGEMENT: "off",
    PROXY_LOG_LEVEL: "info",
    PROXY_MAX_CONNECTIONS: "1024",
    PROXY_IPV6: "on",
    PROXY_WORKLOAD_PORT: String(layout.workloadPort),
    PROXY_MANAGEMENT_PORT: String(layout.managementPort),
    PROXY_OBSERVABILITY_PORT: String(layout.observabilityPort),
    PROXY_WORKLOAD_UPSTREAM_PORT: String(layout.workloadUpstreamPort),
    PROXY_MANAGEMENT_UPSTREAM_PORT: String(layout.managementUpstreamPort),
    PROXY_TOKEN_FILE: layout.tokenFile,
    PROXY_TRUST_BUNDLE_FILE: layout.trustBundleFile,
    PROXY_PROBE_PATH: probePath,
    PROXY_SCRATCH: layout.scratch,
  };
}
