import { defaultHostPorts } from "#contract";
import { proxyPortsOnNode } from "./host-network.ts";

/** Ports from one to another, both of them included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What is reached at a node as the node itself, or has to be. */
interface OfNode extends PortRange {
  readonly what: string;
}

const ofServices: OfNode = { first: 30_000, last: 32_767, what: "Services of type NodePort" };

/** Ports that only a policy opens which names each by itself: whoever has one is taken for the node. */
export const portsOfNode: readonly OfNode[] = [
  { first: 22, last: 22, what: "SSH" },
  { first: 179, last: 179, what: "BGP of network plug-ins" },
  { first: 2379, last: 2381, what: "etcd" },
  { first: 6443, last: 6444, what: "the API server" },
  { first: 10_248, last: 10_259, what: "the kubelet, kube-proxy and the control plane" },
  { first: proxyPortsOnNode.first, last: proxyPortsOnNode.last, what: "proxies of modules on their node's network" },
  ofServices,
];
/** Those of them that no Service has by itself, though a cluster may let its Services have any port of its nodes. */
export const portsOfNodeItself: readonly OfNode[] = portsOfNode.filter((one) => one !== ofServices);

/** The ports of nodes that modules may take, in order and apart from each other. */
export function openPorts({
  hostPorts = defaultHostPorts,
}: {
  readonly hostPorts?: readonly string[];
}): readonly PortRange[] {
  const named = hostPorts.map(rangeOf);
  const single = named.filter(({ first, last }) => first === last);
  const ranges = portsOfNode.reduce(
    (open, closed) => open.flatMap((range) => apart(range, closed)),
    named.filter(({ first, last }) => first < last),
  );
  return merged([...ranges, ...single]);
}

export function isAmong(port: number, ranges: readonly PortRange[]): boolean {
  return ranges.some(({ first, last }) => port >= first && port <= last);
}

/** What has the port of every node, where something has. */
export function ownerOnNode(port: number): string | undefined {
  return portsOfNode.find(({ first, last }) => port >= first && port <= last)?.what;
}

const mostPort = 65_535;

function rangeOf(text: string): PortRange {
  const [first = 0, last = first] = text.split("-").map(Number);
  return { first, last: Math.min(last, mostPort) };
}

/** What is left of a range without another one. */
function apart({ first, last }: PortRange, other: PortRange): readonly PortRange[] {
  return [
    { first, last: Math.min(last, other.first - 1) },
    { first: Math.max(first, other.last + 1), last },
  ].filter((range) => range.first <= range.last);
}

function merged(ranges: readonly PortRange[]): readonly PortRange[] {
  const found: PortRange[] = [];
  for (const range of ranges.toSorted((one, other) => one.first - other.first)) {
    const before = found.at(-1);
    if (before === undefined || range.first > before.last + 1) found.push(range);
    else found.splice(-1, 1, { first: before.first, last: Math.max(before.last, range.last) });
  }
  return found;
}
