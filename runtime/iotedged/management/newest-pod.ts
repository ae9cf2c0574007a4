import type { Pod } from "#shared";

/** The pod that was created last; undefined of none. */
export function newestPod(pods: readonly Pod[]): Pod | undefined {
  return pods.reduce<Pod | undefined>(
    (latest, pod) => (latest && createdAt(latest) >= createdAt(pod) ? latest : pod),
    undefined,
  );
}

function createdAt({ metadata }: Pod): string {
  return metadata.creationTimestamp ?? "";
}
