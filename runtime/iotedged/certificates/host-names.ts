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

/** IPv6 has many spellings of one address, and some clients take an IPv4 address that is mapped into it for that. */
function canonicalAddress(address: string): string {
  if (isIP(address) === 4) return address;
  const bare = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(bare) ?? [];
  if (high === undefined || low === undefined) return bare;
  return [high, low].flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff]).join(".");
}

/** The host in the form in which hosts are compared; undefined when it is neither a DNS name nor an IP address. */
export function canonicalHost(host: string): string | undefined {
  const canonical = host.toLowerCase();
  if (isIP(canonical) !== 0 && !canonical.includes("%")) return canonicalAddress(canonical);
  return canonical.length <= maxDnsName && dnsName.test(canonical) ? canonical : undefined;
}

/** Subject alternative names of hosts in canonical form, each once. */
export function alternativeNames(hosts: readonly string[]): JsonGeneralNames {
  return [...new Set(hosts)].map((host) => ({ type: isIP(host) === 0 ? "dns" : "ip", value: host }));
}
