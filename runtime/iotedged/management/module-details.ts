import { annotations, labels, proxyContainer } from "#contract";
import type { Pod } from "#shared";
import type { ModuleDetails } from "./module-schemas.ts";
import { newestPod } from "./newest-pod.ts";
import { endOf, isStopped, type Workload } from "./workloads.ts";

type RuntimeStatus = ModuleDetails["status"]["runtimeStatus"];
type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

/**
 * Every module that has a Deployment or a Job, by module id, with the state of its newest pod.
 *
 * @param workloads those labelled `net.azure-devices.edge.module`
 * @param pods those with the same label
 */
export function listModuleDetails(workloads: readonly Workload[], pods: readonly Pod[]): ModuleDetails[] {
  const podsOf = Map.groupBy(pods, moduleLabel);
  return workloads
    .map((workload) => detailsOf(workload, newestPod(podsOf.get(moduleLabel(workload)) ?? [])))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function detailsOf(workload: Workload, pod: Pod | undefined): ModuleDetails {
  const { name, uid = "", annotations: notes } = workload.metadata;
  const container = containerStatusOf(pod);
  const started = container?.state?.running?.startedAt ?? pod?.status?.startTime;
  const ended = container?.state?.terminated ?? container?.lastState?.terminated;
  return {
    id: uid,
    name: notes?.[annotations.moduleId] ?? name,
    type: "docker",
    config: { settings: { image: imageOf(workload), createOptions: {} }, env: [] },
    status: {
      ...(started === undefined ? {} : { startTime: started }),
      ...(ended?.finishedAt === undefined
        ? {}
        : { exitStatus: { exitTime: ended.finishedAt, statusCode: String(ended.exitCode) } }),
      runtimeStatus: runtimeStatusOf(workload, pod, container),
    },
  };
}

function runtimeStatusOf(
  workload: Workload,
  pod: Pod | undefined,
  container: ContainerStatus | undefined,
): RuntimeStatus {
  if (isStopped(workload)) return { status: "stopped" };
  if (pod === undefined) return withoutPod(workload);
  const { running, waiting, terminated } = container?.state ?? {};
  if (running) return container?.ready ? { status: "running" } : { status: "unhealthy", description: "not ready" };
  if (waiting)
    return { status: waiting.reason === "CrashLoopBackOff" ? "backoff" : "unhealthy", ...described(waiting.reason) };
  if (terminated) return { status: terminated.exitCode === 0 ? "stopped" : "failed", ...described(terminated.reason) };
  const { phase, reason = phase } = pod.status ?? {};
  return { status: phase === "Failed" ? "failed" : "unknown", ...described(reason) };
}

/** A Job outlives its pods. */
function withoutPod(workload: Workload): RuntimeStatus {
  const end = endOf(workload);
  if (end === undefined) return { status: "unknown", description: "there is no pod" };
  return { status: end.failed ? "failed" : "stopped", ...described(end.reason) };
}

function described(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}

function moduleLabel({ metadata }: Workload | Pod): string {
  return metadata.labels?.[labels.module] ?? metadata.name;
}

/** The module's own container is the one that is not the proxy. */
function containerStatusOf(pod: Pod | undefined): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name !== proxyContainer);
}

function imageOf(workload: Workload): string {
  const containers = workload.spec?.template.spec?.containers ?? [];
  return containers.find(({ name }) => name !== proxyContainer)?.image ?? "";
}
