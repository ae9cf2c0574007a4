import type { ContainerEnd } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";

/** As far as it tells why a pod does not run. */
export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: ContainerEnd & { readonly startedAt?: string; readonly finishedAt?: string };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
}

/**
 * Init containers come first: the proxy is one, and a module waits for it. Where the pod has come to its end they come last:
 * they were ended with it.
 */
export function containersOf({ status }: LiveObject): readonly ContainerStatus[] {
  const [init, own] = [status?.initContainerStatuses ?? [], status?.containerStatuses ?? []];
  return status?.phase === "Failed" || status?.phase === "Succeeded" ? [...own, ...init] : [...init, ...own];
}

export function conditionOf({ status }: LiveObject, type: string): Condition | undefined {
  const conditions: readonly Condition[] = status?.conditions ?? [];
  return conditions.find((condition) => condition.type === type);
}

/** Restarts of all containers of the pod. */
export function podRestarts(pod: LiveObject): number {
  return containersOf(pod).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
}

/** Since when all of its containers are ready; undefined while they are not. */
export function readySince(pod: LiveObject): string | undefined {
  const { status, lastTransitionTime } = conditionOf(pod, "Ready") ?? {};
  return status === "True" ? lastTransitionTime : undefined;
}

/** The memory limit of a container of the pod, as it is written there. */
export function memoryLimitOf({ spec }: LiveObject, container: string): string | undefined {
  const all: readonly { name: string; resources?: { limits?: { memory?: string } } }[] = [
    ...(spec?.initContainers ?? []),
    ...(spec?.containers ?? []),
  ];
  return all.find(({ name }) => name === container)?.resources?.limits?.memory;
}
