import { setTimeout as delay } from "node:timers/promises";
import { labels, partOf } from "#contract";
import { createSender } from "../../infra/kubernetes/api-request.ts";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { LiveObject } from "../../infra/kubernetes/kubernetes-types.ts";

const pause = 150;
/** An image with this tag cannot be pulled. */
export const brokenTag = "broken";

/**
 * Stands for the nodes of a control plane that has none: says of every pod of this project that it runs, or that its
 * image cannot be pulled. What the controllers make of that is real.
 */
export async function startFakeNode(target: { readonly context: string; readonly kubeconfig: string }) {
  const cluster = await connect(target);
  const send = createSender(cluster.config);
  const stopped = new AbortController();
  const look = async () => {
    const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, { labelSelector: `${labels.partOf}=${partOf}` });
    for (const pod of pods.filter(({ status }) => status?.phase === "Pending" && !isJudged(status))) {
      const { namespace, name } = pod.metadata;
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
      const body = { status: statusOf(pod) };
      await send({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
    }
  };
  const loop = (async () => {
    while (!stopped.signal.aborted) {
      await look();
      await delay(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await loop;
    },
  };
}

function isJudged(status: LiveObject["status"]): boolean {
  return (status.containerStatuses ?? []).length > 0;
}

function statusOf(pod: LiveObject): object {
  const containers: { name: string; image: string }[] = pod.spec.containers;
  const isBroken = containers.some(({ image }) => image.endsWith(`:${brokenTag}`));
  const now = new Date().toISOString();
  const state = isBroken
    ? { waiting: { reason: "ImagePullBackOff", message: "there is no such image" } }
    : { running: { startedAt: now } };
  const ready = isBroken ? "False" : "True";
  return {
    phase: isBroken ? "Pending" : "Running",
    conditions: ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map((type) => ({
      type,
      status: type === "PodScheduled" || type === "Initialized" ? "True" : ready,
      lastTransitionTime: now,
    })),
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: !isBroken,
      started: !isBroken,
      restartCount: 0,
      state,
    })),
  };
}
