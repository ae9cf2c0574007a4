import { proxyContainer } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";

/** How a container fares, as the kubelet tells it. */
export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly state?: { readonly running?: object };
}

/** Whether the pod has the sidecar. */
export function hasProxy({ spec }: LiveObject): boolean {
  const containers: readonly { name: string }[] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.some(({ name }) => name === proxyContainer);
}

/** Whether the pod is over, as that of a Job which has ended, or about to be: it calls nobody any more. */
export function isEnding({ metadata, status }: LiveObject): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** How the sidecar fares; undefined before the pod has containers. */
export function proxyOf({ status }: LiveObject): ContainerStatus | undefined {
  const all: readonly ContainerStatus[] = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  return all.find(({ name }) => name === proxyContainer);
}
