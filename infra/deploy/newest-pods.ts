import type { LiveObject } from "../kubernetes/index.ts";

const templateHash = "pod-template-hash";

/**
 * The pods of a workload's newest template that are not ending, the newest first. What older pods suffer from may be what
 * the newest template corrects.
 */
export function newestPods(pods: readonly LiveObject[]): readonly LiveObject[] {
  const staying = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => (createdAt(a) < createdAt(b) ? 1 : -1));
  const newest = staying[0]?.metadata.labels?.[templateHash];
  return staying.filter(({ metadata }) => metadata.labels?.[templateHash] === newest);
}

function createdAt({ metadata }: LiveObject): string {
  return metadata.creationTimestamp ?? "";
}
