/**
 * Addresses and names of the local cluster's network.
 *
 * Every server of the cluster listens on an address that exists on this machine alone, held by a bridge without ports:
 * nothing is reachable from outside, and standard ports collide only with servers that listen on all addresses. (The
 * kubelet refuses a loopback address, and not every kernel has the `dummy` device.)
 *
 * Pods get point-to-point links, so traffic between them is routed and the kernel needs no bridge netfilter. Nothing here
 * enforces NetworkPolicy: the objects are accepted, and have no effect.
 */
export const networkPlan = {
  nodeName: "edge-node",
  nodeBridge: "edge-node0",
  clusterDomain: "cluster.local",
  /** Name of the CNI network; in the comments of the rules that CNI plugins make. */
  cniNetwork: "edge-local",
  /** Where the API server listens, or on the next free port. */
  apiServerPort: 6443,
  /** CoreDNS runs on the node beside other resolvers; its Service maps port 53 to this one. */
  dnsPort: 10053,
} as const;

/** Which addresses pods and Services have; `dual` is both, IPv4 first. */
export const ipFamilies = ["ipv4", "ipv6", "dual"] as const;
export type IpFamilies = (typeof ipFamilies)[number];

/** The cluster's addresses of one family, in the kernel's spelling. */
export interface FamilyPlan {
  /** As Kubernetes names it. */
  readonly family: "IPv4" | "IPv6";
  readonly nodeAddress: string;
  readonly podRange: string;
  /** The machine's end of every pod's link: the first address of `podRange`. */
  readonly podGateway: string;
  readonly serviceRange: string;
  /** Address of Service `kubernetes`: the first of `serviceRange`. */
  readonly apiServiceAddress: string;
  readonly dnsServiceAddress: string;
}

const ipv4: FamilyPlan = {
  family: "IPv4",
  nodeAddress: "10.245.0.1",
  podRange: "10.244.0.0/22",
  podGateway: "10.244.0.1",
  serviceRange: "10.96.0.0/16",
  apiServiceAddress: "10.96.0.1",
  dnsServiceAddress: "10.96.0.10",
};
/** Unique local addresses: nobody's but this machine's. */
const ipv6: FamilyPlan = {
  family: "IPv6",
  nodeAddress: "fd65:6467:6500:245::1",
  podRange: "fd65:6467:6500:244::/64",
  podGateway: "fd65:6467:6500:244::1",
  serviceRange: "fd65:6467:6500:96::/112",
  apiServiceAddress: "fd65:6467:6500:96::1",
  dnsServiceAddress: "fd65:6467:6500:96::a",
};

/** All that a local cluster may have, whichever it has now. */
export const familyPlans: readonly FamilyPlan[] = [ipv4, ipv6];

/** What a cluster has: the first family is that of its own servers. */
export type ClusterPlan = readonly [FamilyPlan, ...FamilyPlan[]];

export function clusterPlan(families: IpFamilies): ClusterPlan {
  return ({ ipv4: [ipv4], ipv6: [ipv6], dual: [ipv4, ipv6] } as const)[families];
}

/** An address with its port, as URLs and Kubernetes' options have it. */
export function hostAndPort(address: string, port: number): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Ports that must be free on the node's address, by the component that listens there. */
export const nodePorts = {
  kubelet: 10250,
  "kubelet health": 10248,
  "kube-proxy metrics": 10249,
  "kube-proxy health": 10256,
  "kube-controller-manager": 10257,
  "kube-scheduler": 10259,
  coredns: networkPlan.dnsPort,
} as const;
