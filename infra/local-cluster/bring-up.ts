import { join } from "node:path";
import { type ClusterComponents, clusterApiServer, clusterComponents } from "./cluster-components.ts";
import type { ClusterState } from "./cluster-state.ts";
import { apiServerUrl, configureApiServer } from "./control-plane/api-server.ts";
import { delegateControllers, delegatedControllers } from "./host/cgroup-delegation.ts";
import { detectCgroups } from "./host/cgroup-version.ts";
import { readMachineRecord, writeMachineRecord } from "./host/machine-record.ts";
import { ensureNodeBridge } from "./host/network-links.ts";
import { admitPods } from "./host/packet-filter.ts";
import { enableForwarding, readSysctls } from "./host/sysctls.ts";
import type { Layout } from "./layout.ts";
import { type ClusterPlan, clusterPlan } from "./network-plan.ts";
import { applyBootstrapObjects } from "./node/bootstrap-objects.ts";
import { configureContainerd } from "./node/containerd.ts";
import { configureDns } from "./node/dns.ts";
import { configureKubelet } from "./node/kubelet.ts";
import { nodeIsReady } from "./node/node-status.ts";
import { loadPauseImage } from "./node/pause-image.ts";
import { ensurePki, readProbeTls } from "./pki/cluster-pki.ts";
import { type Component, ensureReady } from "./process/component.ts";
import { settleAll } from "./process/wait.ts";
import { clusterContext } from "./status.ts";
import type { Progress } from "./types.ts";

/**
 * Starts everything of a cluster that does not run yet, and waits until its node takes pods.
 *
 * @throws EDGE_CLUSTER_COMPONENT_FAILED, EDGE_CLUSTER_KERNEL
 */
export async function bringUp(layout: Layout, state: ClusterState, progress: Progress): Promise<void> {
  const start = performance.now();
  const report = (what: string) => progress(`${what} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  const plan = clusterPlan(state.ipFamilies);
  await prepareMachine(layout, plan);
  await configure(layout, state);
  const components = clusterComponents(layout, state);
  await settleAll([
    startControlPlane(components).then(() => report("API server ready")),
    startRuntime(layout, state, components.containerd).then(() => report("Container runtime ready")),
  ]);
  await settleAll([
    // CoreDNS may read nothing before its rights are there.
    applyBootstrapObjects(layout, plan, join(state.binaries, "kubectl")).then(() =>
      ensureReady(layout, components.coredns),
    ),
    ...(["kube-controller-manager", "kube-scheduler", "kube-proxy"] as const).map((name) =>
      ensureReady(layout, components[name]),
    ),
    ensureReady(layout, nodeReady(layout, state, components.kubelet)),
  ]);
  report("Node ready");

  async function startControlPlane({ etcd, "kube-apiserver": apiServer }: ClusterComponents): Promise<void> {
    await ensureReady(layout, etcd);
    await ensureReady(layout, apiServer);
  }
}

/** Changes the machine: what it was like is recorded first, so that it can be restored whatever comes. */
async function prepareMachine(layout: Layout, plan: ClusterPlan): Promise<void> {
  const { nested } = detectCgroups();
  if (!readMachineRecord()) {
    const delegated = nested ? { delegatedControllers: delegatedControllers() } : {};
    writeMachineRecord({ directory: layout.directory, sysctls: readSysctls(), ...delegated });
  }
  if (nested) delegateControllers();
  await ensureNodeBridge(plan);
  enableForwarding(plan);
  await admitPods(plan);
}

async function configure(layout: Layout, state: ClusterState): Promise<void> {
  await ensurePki(layout, { context: clusterContext, server: apiServerUrl(clusterApiServer(state)), node: true });
  configureApiServer(layout);
  const plan = clusterPlan(state.ipFamilies);
  configureContainerd(layout, plan);
  configureKubelet(layout, plan, detectCgroups().version);
  configureDns(layout, plan);
}

async function startRuntime(layout: Layout, state: ClusterState, containerd: Component): Promise<void> {
  await ensureReady(layout, containerd);
  await loadPauseImage(layout, state.binaries);
}

/** The kubelet is of use only when its node takes pods. */
function nodeReady(layout: Layout, state: ClusterState, kubelet: Component): Component {
  const server = apiServerUrl(clusterApiServer(state));
  const tls = readProbeTls(layout);
  return { ...kubelet, ready: async () => (await kubelet.ready()) && (await nodeIsReady(server, tls)) };
}
