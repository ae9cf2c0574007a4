import { tellEvent } from "../deploy/index.ts";
import type { LiveObject } from "../kubernetes/index.ts";

/** As the kubelet writes them. */
const startupProbeFailed = /^Startup probe failed\b/;
const endedByStartupProbe = /\bfailed startup probe\b/;

/**
 * Whether an Event tells of a start that went well. A startup probe fails until what it asks has started, which is what it
 * is for: the proxy answers 503 until iotedged has answered it. It went wrong where the kubelet has ended the container
 * for it, or where the container still has not started.
 *
 * @param events of the same namespace
 * @param pods of the same namespace; undefined where they may not be seen, so that nothing is known to have gone well
 */
export function isOfPassedStart(
  event: LiveObject,
  events: readonly LiveObject[],
  pods: readonly LiveObject[] | undefined,
): boolean {
  const { reason, message, container } = tellEvent(event);
  if (pods === undefined || reason !== "Unhealthy" || container === undefined) return false;
  if (!startupProbeFailed.test(message)) return false;
  const uid = event.involvedObject?.uid;
  const isEnded = events
    .filter(({ involvedObject }) => involvedObject?.uid === uid)
    .map(tellEvent)
    .some((one) => one.container === container && one.reason === "Killing" && endedByStartupProbe.test(one.message));
  // Of a pod that is gone nothing else is known.
  const pod = pods.find(({ metadata }) => metadata.uid === uid);
  return !isEnded && (pod === undefined || hasStarted(pod, container));
}

function hasStarted({ status }: LiveObject, container: string): boolean {
  const all: readonly { readonly name: string; readonly started?: boolean }[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  const own = all.find(({ name }) => name === container);
  return own?.started === true;
}
