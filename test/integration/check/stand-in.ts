import { setTimeout as delay } from "node:timers/promises";
import { createSender } from "../../../infra/kubernetes/api-request.ts";
import { connect } from "../../../infra/kubernetes/cluster.ts";
import type { ClusterName } from "../../../infra/kubernetes/kubeconfig.ts";
import type { LiveObject } from "../../../infra/kubernetes/kubernetes-types.ts";

const pause = 100;
const mergePatch = "application/merge-patch+json";

/** Stands for a node's kubelet: binds every pod of a namespace to it, and says that all of its containers run and are ready. */
export async function startPods(target: ClusterName, namespace: string, node: string) {
  const cluster = await connect(target);
  const send = createSender(cluster.config);
  const stopped = new AbortController();
  let addresses = 10;
  const setStatus = async (name: string, status: object) => {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    await send({ method: "PATCH", path, body: { status }, contentType: mergePatch });
  };
  const bind = async (name: string) => {
    const body = { metadata: { name }, target: { apiVersion: "v1", kind: "Node", name: node } };
    await send({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`, body });
  };
  const look = async () => {
    const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, { namespace });
    for (const { metadata } of pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)) {
      const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}`;
      await send({ method: "DELETE", path, body: { gracePeriodSeconds: 0 } });
    }
    for (const pod of pods.filter(({ status }) => status?.podIP === undefined)) {
      addresses += 1;
      if (pod.spec.nodeName === undefined) await bind(pod.metadata.name);
      await setStatus(pod.metadata.name, runningStatus(pod, `10.1.0.${addresses}`));
    }
  };
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      await look();
      await delay(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return {
    setStatus,
    stop: async () => {
      stopped.abort();
      await loop;
    },
  };
}

export function runningStatus({ spec }: LiveObject, podIP: string): object {
  const now = new Date().toISOString();
  const run = ({ name, image }: { name: string; image: string }) => ({
    ...{ name, image, imageID: image, ready: true, started: true, restartCount: 0 },
    state: { running: { startedAt: now } },
  });
  return {
    phase: "Running",
    podIP,
    podIPs: [{ ip: podIP }],
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
      ...{ type, status: "True", lastTransitionTime: now },
    })),
    initContainerStatuses: (spec.initContainers ?? []).map(run),
    containerStatuses: spec.containers.map(run),
  };
}
