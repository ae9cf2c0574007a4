import { annotations, labels, proxyContainer } from "#contract";
import type { Deployment, Pod } from "../../shared/kubernetes/kinds.ts";
import type { ModuleDetails } from "./module-schemas.ts";

type RuntimeStatus = ModuleDetails["status"]["runtimeStatus"];
type ContainerStatus = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

/**
 * Every module that has a Deployment, by module id, with the state of its newest pod.
 *
 * @param deployments those labelled `net.azure-devices.edge.module`
 * @param pods those with the same label
 */
export function listModuleDetails(deployments: readonly Deployment[], pods: readonly Pod[]): ModuleDetails[] {
  const newest = newestByModule(pods);
  return deployments
    .map((deployment) => detailsOf(deployment, newest.get(moduleLabel(deployment))))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function detailsOf(deployment: Deployment, pod: Pod | undefined): ModuleDetails {
  const { name, uid = "", annotations: notes } = deployment.metadata;
  const container = containerStatusOf(pod);
  const started = container?.state?.running?.startedAt ?? pod?.status?.startTime;
  const ended = container?.state?.terminated ?? container?.lastState?.terminated;
  return {
    id: uid,
    name: notes?.[annotations.moduleId] ?? name,
    type: "docker",
    config: { settings: { image: imageOf(deployment), createOptions: {} }, env: [] },
    status: {
      ...(started === undefined ? {} : { startTime: started }),
      ...(ended?.finishedAt === undefined
        ? {}
        : { exitStatus: { exitTime: ended.finishedAt, statusCode: String(ended.exitCode) } }),
      runtimeStatus: runtimeStatusOf(deployment, pod, container),
    },
  };
}

function runtimeStatusOf(
  deployment: Deployment,
  pod: Pod | undefined,
  container: ContainerStatus | undefined,
): RuntimeStatus {
  if (deployment.spec?.replicas === 0) return { status: "stopped" };
  if (pod === undefined) return { status: "unknown", description: "there is no pod" };
  const { running, waiting, terminated } = container?.state ?? {};
  if (running) return container?.ready ? { status: "running" } : { status: "unhealthy", description: "not ready" };
  if (waiting)
    return { status: waiting.reason === "CrashLoopBackOff" ? "backoff" : "unhealthy", ...described(waiting.reason) };
  if (terminated) return { status: terminated.exitCode === 0 ? "stopped" : "failed", ...described(terminated.reason) };
  return { status: "unknown", ...described(pod.status?.phase) };
}

function described(description: string | undefined): { description?: string } {
  return description === undefined ? {} : { description };
}

function moduleLabel({ metadata }: Deployment | Pod): string {
  return metadata.labels?.[labels.module] ?? metadata.name;
}

function newestByModule(pods: readonly Pod[]): Map<string, Pod> {
  const newest = new Map<string, Pod>();
  for (const pod of pods) {
    const other = newest.get(moduleLabel(pod));
    if (other === undefined || createdAt(other) < createdAt(pod)) newest.set(moduleLabel(pod), pod);
  }
  return newest;
}

function createdAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? "";
}

/** The module's own container is the one that is not the proxy. */
function containerStatusOf(pod: Pod | undefined): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.find(({ name }) => name !== proxyContainer);
}

function imageOf(deployment: Deployment): string {
  const containers = deployment.spec?.template.spec?.containers ?? [];
  return containers.find(({ name }) => name !== proxyContainer)?.image ?? "";
}
