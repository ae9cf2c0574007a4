import { isIP } from "node:net";

const dnsName = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
const maxDnsName = 253;

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

/** What can be a domain of the first level, and so is not for certain another namespace. */
const topLevel = /^(?!default$)(?:[a-z]+|xn--[a-z0-9-]+)$/;

/**
 * Whether a resolver in some namespace may take the host for a Service of the cluster, of whichever name and domain, or for a
 * pod of one: `pod.service.namespace.svc`, `10-0-0-7.namespace.pod`. No module gets a server certificate for such a host
 * by listing it.
 *
 * @param host in canonical form
 */
export function isOfAnyCluster(host: string): boolean {
  if (isIP(host) !== 0) return false;
  const [, second, third, fourth] = host.split(".");
  const isInZone = third === "svc" || third === "pod" || fourth === "svc";
  const isInNamespace = second !== undefined && third === undefined && !topLevel.test(second);
  return second === undefined || isInZone || isInNamespace;
}
