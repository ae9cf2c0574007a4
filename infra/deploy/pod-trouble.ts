import type { LiveObject } from "../kubernetes/index.ts";

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
  };
}

const maxLength = 300;

/**
 * Why the pod is not ready, in one line: that it cannot be scheduled, what its first container in trouble says, or the
 * last warning about it. Undefined when nothing is known.
 */
export function podTrouble(pod: LiveObject, events: readonly LiveObject[]): string | undefined {
  const trouble = unscheduled(pod) ?? containerTrouble(pod) ?? lastWarning(pod, events);
  return trouble?.replace(/\s+/g, " ").slice(0, maxLength);
}

/** Restarts of all containers of the pod. */
export function podRestarts(pod: LiveObject): number {
  return statuses(pod).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

function unscheduled(pod: LiveObject): string | undefined {
  const conditions: { type: string; status: string; reason?: string; message?: string }[] =
    pod.status?.conditions ?? [];
  const condition = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
  return condition && join(condition.reason, condition.message);
}

function containerTrouble(pod: LiveObject): string | undefined {
  for (const { name, state } of statuses(pod)) {
    const { waiting, terminated } = state ?? {};
    const isOrdinary = waiting?.reason === "PodInitializing" || waiting?.reason === "ContainerCreating";
    if (waiting !== undefined && !isOrdinary) return `container ${name}: ${join(waiting.reason, waiting.message)}`;
    if (terminated !== undefined && terminated.exitCode !== 0) {
      return `container ${name} ended: ${join(terminated.reason, terminated.message)} (exit code ${terminated.exitCode})`;
    }
  }
  return undefined;
}

/** Events of the kubelet say what `ContainerCreating` waits for. */
function lastWarning(pod: LiveObject, events: readonly LiveObject[]): string | undefined {
  const about = events.filter((event) => event.type === "Warning" && event.involvedObject?.uid === pod.metadata.uid);
  const last = about.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))[0];
  return last && join(last.reason, last.message);
}

function timeOf(event: LiveObject): string {
  return event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? "";
}

/** Init containers come first: the proxy is one, and a module waits for it. */
function statuses(pod: LiveObject): readonly ContainerStatus[] {
  return [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
}

function join(reason: string | undefined, message: string | undefined): string {
  return [reason, message].filter((part) => part !== undefined && part !== "").join(": ") || "no reason given";
}
