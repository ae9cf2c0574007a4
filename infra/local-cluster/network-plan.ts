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
  nodeAddress: "10.245.0.1",
  nodeBridge: "edge-node0",
  podRange: "10.244.0.0/22",
  serviceRange: "10.96.0.0/16",
  /** Address of Service `kubernetes`: the first of `serviceRange`. */
  apiServiceAddress: "10.96.0.1",
  dnsServiceAddress: "10.96.0.10",
  clusterDomain: "cluster.local",
  /** Name of the CNI network; in the comments of the rules that CNI plugins make. */
  cniNetwork: "edge-local",
  /** Where the API server listens, or on the next free port. */
  apiServerPort: 6443,
  /** CoreDNS runs on the node beside other resolvers; its Service maps port 53 to this one. */
  dnsPort: 10053,
} as const;

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
