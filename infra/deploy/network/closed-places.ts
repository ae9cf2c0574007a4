import { BlockList, isIP } from "node:net";
import type { Place } from "./cluster-services.ts";

interface PolicyPort {
  readonly port?: number | string;
  readonly endPort?: number;
  readonly protocol?: string;
}
interface Peer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface EgressRule {
  readonly to?: readonly Peer[];
  readonly ports?: readonly PolicyPort[];
}

/** A NetworkPolicy, as far as it says what pods may reach. */
export interface EgressPolicy {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly policyTypes?: readonly string[]; readonly egress?: readonly EgressRule[] };
}

/**
 * Places among `wanted` that the policy keeps its pods from. Rules that name pods do not count: they are not for services
 * of the cluster.
 */
export function closedPlaces({ spec }: EgressPolicy, wanted: readonly Place[], protocol: string): readonly Place[] {
  if (!(spec?.policyTypes ?? []).includes("Egress")) return [];
  const rules = spec?.egress ?? [];
  return wanted.filter(
    ({ address, port }) =>
      !rules.some(({ to = [], ports = [] }) => {
        const isThere = to.length === 0 || to.some(({ ipBlock }) => ipBlock !== undefined && covers(ipBlock, address));
        return isThere && (ports.length === 0 || ports.some((one) => lets(one, port, protocol)));
      }),
  );
}

/** Whether the policy names addresses for that port, and so does not let its pods reach any. */
export function namesAddresses({ spec }: EgressPolicy, port: number, protocol: string): boolean {
  const open = (spec?.egress ?? []).filter(({ ports = [] }) => ports.some((one) => lets(one, port, protocol)));
  return open.some(({ to = [] }) => to.some(({ ipBlock }) => ipBlock !== undefined));
}

/** Whether the policy lets its pods reach that port of hosts that nobody has named, and not of a few addresses alone. */
export function opensToAnywhere({ spec }: EgressPolicy, port: number, protocol: string): boolean {
  if (!(spec?.policyTypes ?? []).includes("Egress")) return true;
  return (spec?.egress ?? []).some(({ to = [], ports = [] }) => {
    const isWide = to.length === 0 || to.some(({ ipBlock }) => ipBlock !== undefined && !isHost(ipBlock.cidr));
    return isWide && (ports.length === 0 || ports.some((one) => lets(one, port, protocol)));
  });
}

function isHost(cidr: string): boolean {
  const [address = "", bits = ""] = cidr.split("/");
  return bits === (isIP(address) === 6 ? "128" : "32");
}

function lets({ port, endPort, protocol: of = "TCP" }: PolicyPort, wanted: number, protocol: string): boolean {
  if (of !== protocol) return false;
  if (port === undefined) return true;
  const first = Number(port);
  return wanted >= first && wanted <= (endPort ?? first);
}

function covers({ cidr, except = [] }: NonNullable<Peer["ipBlock"]>, address: string): boolean {
  return isWithin(cidr, address) && !except.some((one) => isWithin(one, address));
}

function isWithin(cidr: string, address: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  const family = isIP(network);
  if (family === 0 || family !== isIP(address)) return false;
  const kind = family === 4 ? "ipv4" : "ipv6";
  const range = new BlockList();
  range.addSubnet(network, Number(bits), kind);
  return range.check(address, kind);
}
