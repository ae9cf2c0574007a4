import type { Placement } from "#contract";

/** Where a daemon runs, with what is not said left out: settings and templates stay as they were without it. */
export function placementOf({ nodeSelector, tolerations, affinity, priorityClassName }: Placement): Placement {
  return {
    ...(nodeSelector !== undefined && Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(tolerations !== undefined && tolerations.length > 0 && { tolerations }),
    ...(affinity !== undefined && { affinity }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
}
