import { join } from "node:path";
import type { Layout } from "../layout.ts";
import { type ClusterPlan, hostAndPort, networkPlan, nodePorts } from "../network-plan.ts";
import type { Component } from "../process/component.ts";
import { acceptsConnections } from "../process/probe.ts";

/** kube-proxy. It leaves the machine's connection tracking as it is, and opens node ports on the node's address alone. */
export function kubeProxy(layout: Layout, binaries: string, plan: ClusterPlan): Component {
  const health = nodePorts["kube-proxy health"];
  const [{ nodeAddress }] = plan;
  return {
    name: "kube-proxy",
    command: join(binaries, "kube-proxy"),
    args: [
      `--kubeconfig=${layout.userKubeconfig("kube-proxy")}`,
      `--hostname-override=${networkPlan.nodeName}`,
      "--proxy-mode=iptables",
      `--cluster-cidr=${plan.map(({ podRange }) => podRange).join(",")}`,
      `--bind-address=${nodeAddress}`,
      `--healthz-bind-address=${hostAndPort(nodeAddress, health)}`,
      `--metrics-bind-address=${hostAndPort(nodeAddress, nodePorts["kube-proxy metrics"])}`,
      "--nodeport-addresses=primary",
      "--iptables-localhost-nodeports=false",
      "--conntrack-max-per-core=0",
      "--conntrack-tcp-timeout-established=0",
      "--conntrack-tcp-timeout-close-wait=0",
    ],
    ready: () => acceptsConnections({ host: nodeAddress, port: health }),
  };
}
