import type { V1ContainerState, V1ContainerStatus } from "@kubernetes/client-node";
import type { Wire } from "#base";
import { describeEnd } from "#contract";
import type { Job, Pod } from "#shared";
import { isJob, isStopped, type Workload } from "../mapping/workload.ts";

/** How IoT Edge calls the states of a module. */
export type RuntimeStatus = "unknown" | "backoff" | "running" | "unhealthy" | "stopped" | "failed";

/** How a module fares, in the words of IoT Edge's reported properties. */
export interface ModuleStatus {
  readonly runtimeStatus: RuntimeStatus;
  readonly statusDescription: string;
  readonly exitCode: number;
  readonly restartCount: number;
  readonly lastStartTimeUtc?: string;
  readonly lastExitTimeUtc?: string;
  readonly lastRestartTimeUtc?: string;
  /** Digest of the image that runs, or ran last. */
  readonly imageHash?: string;
}

type ContainerStatus = Wire<V1ContainerStatus>;
type ContainerState = Wire<V1ContainerState>;

interface Finding {
  readonly runtimeStatus: RuntimeStatus;
  readonly statusDescription: string;
}

const maxDescription = 512;

/**
 * The state of a module.
 *
 * @param objectName name of the module's objects and of its container
 * @param pods those of the module; the newest that is not being deleted counts
 * @param workload the module's Deployment or Job, when it is there
 */
export function moduleStatus(objectName: string, pods: readonly Pod[], workload: Workload | undefined): ModuleStatus {
  const pod = newest(pods);
  if (pod === undefined) return { ...withoutPod(workload), exitCode: 0, restartCount: 0 };
  const container = pod.status?.containerStatuses?.find(({ name }) => name === objectName);
  const { runtimeStatus, statusDescription } = fromPod(pod, container);
  return {
    runtimeStatus,
    statusDescription: statusDescription.slice(0, maxDescription),
    ...history(container),
  };
}

/** Pods that are being deleted count only when there is no other. */
function newest(pods: readonly Pod[]): Pod | undefined {
  const rank = (pod: Pod) =>
    (pod.metadata.deletionTimestamp === undefined ? "1" : "0") + pod.metadata.creationTimestamp;
  return [...pods].sort((a, b) => (rank(a) < rank(b) ? 1 : -1))[0];
}

function withoutPod(workload: Workload | undefined): Finding {
  if (workload === undefined) return { runtimeStatus: "unknown", statusDescription: "Not deployed yet" };
  if (isStopped(workload)) return { runtimeStatus: "stopped", statusDescription: "Stopped as desired" };
  if (isJob(workload)) return withoutPodOfJob(workload);
  const failure = workload.status?.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (failure === undefined) return { runtimeStatus: "unknown", statusDescription: "No pod yet" };
  return { runtimeStatus: "failed", statusDescription: `No pod: ${failure.reason}: ${failure.message}` };
}

/** Somebody may have deleted the pod of a Job that has come to its end. */
function withoutPodOfJob({ status }: Job): Finding {
  const ends = (status?.conditions ?? []).filter((condition) => condition.status === "True");
  if (ends.some(({ type }) => type === "Complete")) {
    return { runtimeStatus: "stopped", statusDescription: "Module Stopped reason: Completed" };
  }
  const failure = ends.find(({ type }) => type === "Failed");
  if (failure === undefined) return { runtimeStatus: "unknown", statusDescription: "No pod yet" };
  return { runtimeStatus: "failed", statusDescription: `Module Failed reason: ${failure.reason ?? "Error"}` };
}

function fromPod(pod: Pod, container: ContainerStatus | undefined): Finding {
  const { phase, reason, message } = pod.status ?? {};
  const why = [reason, message].filter(Boolean).join(": ");
  switch (phase) {
    case "Running":
    case "Pending":
      return container?.state === undefined
        ? {
            runtimeStatus: "backoff",
            statusDescription: `Waiting for its container. ${unscheduled(pod) || why}`.trim(),
          }
        : fromContainer(pod, container, container.state);
    case "Succeeded":
      return { runtimeStatus: "stopped", statusDescription: `Module Stopped reason: ${why || "Completed"}` };
    case "Failed":
      return { runtimeStatus: "failed", statusDescription: `Module Failed reason: ${why || "Error"}` };
    default:
      return { runtimeStatus: "unknown", statusDescription: `Module status Unknown reason: ${why || "no pod status"}` };
  }
}

function fromContainer(pod: Pod, container: ContainerStatus, state: ContainerState): Finding {
  const { running, terminated } = state;
  if (running !== undefined) {
    const statusDescription = `Started at ${running.startedAt}`;
    if (pod.status?.phase === "Pending") return { runtimeStatus: "backoff", statusDescription };
    return { runtimeStatus: container.ready ? "running" : "unhealthy", statusDescription };
  }
  if (terminated !== undefined) {
    const stopped = terminated.exitCode === 0;
    const statusDescription = stopped
      ? `Module Stopped reason: ${terminated.reason ?? "none given"}`
      : `Module Failed reason: ${describeEnd(terminated, memoryLimit(pod, container))}`;
    return { runtimeStatus: stopped ? "stopped" : "failed", statusDescription };
  }
  const reason = lastEnd(pod, container, state) ?? waitingReason(pod, state);
  return { runtimeStatus: "backoff", statusDescription: `Module in Back-off reason: ${reason}` };
}

/** The kubelet says how long it waits before the next try, where what ended the last one is of interest. */
function lastEnd(pod: Pod, container: ContainerStatus, { waiting }: ContainerState): string | undefined {
  const { reason } = waiting ?? {};
  const ended = container.lastState?.terminated;
  if (ended === undefined || (reason !== "CrashLoopBackOff" && reason !== "RunContainerError")) return undefined;
  return `${reason}: ${describeEnd(ended, memoryLimit(pod, container))}`;
}

function memoryLimit({ spec }: Pod, { name }: ContainerStatus): string | undefined {
  return spec?.containers.find((container) => container.name === name)?.resources?.limits?.memory;
}

/** While a pod initializes, its init containers, such as the proxy, tell what it waits for. */
function waitingReason(pod: Pod, { waiting }: ContainerState): string {
  const own = [waiting?.reason, waiting?.message].filter(Boolean).join(": ") || "Waiting";
  if (waiting?.reason !== "PodInitializing") return own;
  const held = pod.status?.initContainerStatuses?.find(({ state }) => state?.running === undefined);
  const reason = held?.state?.waiting?.reason ?? held?.state?.terminated?.reason;
  return reason === undefined || reason === own ? own : `${own} (${held?.name}: ${reason})`;
}

function unscheduled(pod: Pod): string {
  const condition = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  return condition === undefined ? "" : `${condition.reason}: ${condition.message}`;
}

/** Exit code, restarts and times: of the present run and, where it has not ended, of the one before it. */
function history(container: ContainerStatus | undefined): Omit<ModuleStatus, keyof Finding> {
  const { state, lastState, restartCount = 0 } = container ?? {};
  const digest = /sha256:[0-9a-f]{64}$/.exec(container?.imageID ?? "")?.[0];
  const ended = state?.terminated ?? lastState?.terminated;
  const started = state?.running?.startedAt ?? ended?.startedAt;
  return {
    exitCode: ended?.exitCode ?? 0,
    restartCount,
    ...(started === undefined ? {} : { lastStartTimeUtc: started }),
    ...(ended?.finishedAt === undefined ? {} : { lastExitTimeUtc: ended.finishedAt }),
    ...(digest === undefined ? {} : { imageHash: digest }),
    ...(restartCount === 0 || started === undefined ? {} : { lastRestartTimeUtc: started }),
  };
}
