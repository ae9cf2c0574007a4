import type { Hints } from "../../deploy/index.ts";

/** Commands of edgectl about one namespace, against the cluster that is looked at. */
export function commandOf(hints: Hints, command: "status" | "check", namespace: string): string {
  return hints.edgectl([command, "-n", namespace]);
}
