import type { Pod } from "../kubernetes/kinds.ts";

/** Whether all containers of the pod have ended for good: no pod leaves one of these phases again. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
