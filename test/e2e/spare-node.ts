import { setTimeout as sleep } from "node:timers/promises";
import { items, kubectl, kubectlOk } from "./cluster.ts";

/** A node without a machine. */
export interface SpareNode {
  readonly name: string;
  /** Takes it away, with the pods that it was given and never ran. */
  remove(): Promise<void>;
}

/**
 * A node that reports as a kubelet does and runs nothing: where a pod goes, and what is attached for it, can be seen where
 * there is one machine alone. It takes pods that tolerate its taint alone.
 */
export async function addSpareNode(name: string, taint: string): Promise<SpareNode> {
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" },
      // Kubernetes attaches volumes to no other.
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: { taints: [{ key: taint, effect: "NoSchedule" }] },
  };
  await kubectlOk(["create", "-f", "-"], JSON.stringify(node));
  await heartbeat(name);
  const room = { cpu: "4", memory: "8Gi", pods: "50" };
  const ready = { type: "Ready", status: "True", reason: "KubeletReady", lastTransitionTime: now() };
  const status = { capacity: room, allocatable: room, conditions: [ready] };
  await kubectlOk(["patch", "node", name, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]);
  const stopping = new AbortController();
  const beating = keepReporting(name, stopping.signal);
  return {
    name,
    async remove() {
      if (stopping.signal.aborted) return;
      await kubectlOk(["cordon", name]);
      const pods = await items("pods", ["-A", `--field-selector=spec.nodeName=${name}`]);
      for (const { metadata } of pods) {
        const place = [metadata.name, "-n", metadata.namespace ?? ""];
        await kubectl(["delete", "pod", ...place, "--force", "--grace-period=0", "--ignore-not-found"]);
      }
      stopping.abort();
      await beating;
      await kubectl(["delete", "node", name, "--ignore-not-found"]);
      await kubectl(["delete", "lease", name, "-n", "kube-node-lease", "--ignore-not-found"]);
    },
  };
}

const now = () => new Date().toISOString().replace("Z", "000Z");

async function keepReporting(name: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(5000, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await heartbeat(name);
  }
}

/** By this a node says that it is there. */
async function heartbeat(name: string): Promise<void> {
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, namespace: "kube-node-lease" },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now() },
  };
  await kubectlOk(["apply", "-f", "-"], JSON.stringify(lease));
}
