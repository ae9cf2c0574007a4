import { isIP } from "node:net";
import type { JsonGeneralNames } from "./x509.ts";

const dnsName = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const maxDnsName = 253;

/** Names under which a Service is reached inside the cluster, from the shortest to the longest. */
export function serviceHostNames(service: string, namespace: string): [string, ...string[]] {
  return [
    service,
    `${service}.${namespace}`,
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ];
}

/** The host in the form in which hosts are compared; undefined when it is neither a DNS name nor an IP address. */
export function canonicalHost(host: string): string | undefined {
  const canonical = host.toLowerCase();
  if (isIP(canonical) !== 0 && !canonical.includes("%")) return canonical;
  return canonical.length <= maxDnsName && dnsName.test(canonical) ? canonical : undefined;
}

/** Subject alternative names of hosts in canonical form, each once. */
export function alternativeNames(hosts: readonly string[]): JsonGeneralNames {
  return [...new Set(hosts)].map((host) => ({ type: isIP(host) === 0 ? "dns" : "ip", value: host }));
}
