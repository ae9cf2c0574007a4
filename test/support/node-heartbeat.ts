import type { ObjectToApply } from "../../infra/kubernetes/kubernetes-types.ts";

/** In ms. Kubernetes declares the pods of a node that has been silent for 50 s not ready. */
const interval = 10_000;

/** Renews a node's Lease as its kubelet does, so that a node without one stays as ready as its status says. */
export async function startHeartbeat(
  cluster: { apply(object: ObjectToApply): Promise<unknown> },
  node: string,
): Promise<{ stop(): void }> {
  const beat = () =>
    cluster.apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: node, namespace: "kube-node-lease" },
      spec: {
        holderIdentity: node,
        leaseDurationSeconds: 40,
        renewTime: new Date().toISOString().replace("Z", "000Z"),
      },
    } as ObjectToApply);
  await beat();
  // A beat that an API server which restarts does not take is made up for by the next.
  const beats = setInterval(() => void beat().catch(() => {}), interval);
  return { stop: () => clearInterval(beats) };
}
