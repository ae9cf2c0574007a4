import type { ClusterState } from "./cluster-state.ts";
import { type ApiServerAddress, apiServer, apiServerUrl } from "./control-plane/api-server.ts";
import { controllerManager } from "./control-plane/controller-manager.ts";
import { etcd } from "./control-plane/etcd.ts";
import type { Layout } from "./layout.ts";
import { clusterPlan, nodePorts } from "./network-plan.ts";
import { containerd } from "./node/containerd.ts";
import { coreDns } from "./node/dns.ts";
import { kubeProxy } from "./node/kube-proxy.ts";
import { kubelet } from "./node/kubelet.ts";
import { scheduler } from "./node/scheduler.ts";
import type { Component } from "./process/component.ts";

/** Names of everything that a cluster runs, in the order in which it starts. */
export const componentNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "coredns",
  "containerd",
  "kubelet",
] as const;

/** Everything that a cluster runs. */
export type ClusterComponents = Readonly<Record<(typeof componentNames)[number], Component>>;

/** Where the API server of a full cluster listens. */
export function clusterApiServer(state: ClusterState): ApiServerAddress {
  const plan = clusterPlan(state.ipFamilies);
  return { plan, address: plan[0].nodeAddress, port: state.port, advertised: true };
}

export function clusterComponents(layout: Layout, state: ClusterState): ClusterComponents {
  const { binaries } = state;
  const plan = clusterPlan(state.ipFamilies);
  const listen = clusterApiServer(state);
  return {
    etcd: etcd(layout, binaries),
    "kube-apiserver": apiServer(layout, binaries, listen),
    "kube-controller-manager": controllerManager(layout, binaries, {
      server: apiServerUrl(listen),
      listen: { address: plan[0].nodeAddress, port: nodePorts["kube-controller-manager"] },
    }),
    "kube-scheduler": scheduler(layout, binaries, plan),
    "kube-proxy": kubeProxy(layout, binaries, plan),
    coredns: coreDns(layout, binaries, plan),
    containerd: containerd(layout),
    kubelet: kubelet(layout, binaries, plan),
  };
}
