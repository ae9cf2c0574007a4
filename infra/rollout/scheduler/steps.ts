import type { BegunAction, HealthAction } from "../model/action.ts";
import type { ClusterState } from "../model/state.ts";

type Kind = BegunAction["kind"] | HealthAction["kind"];

/** The kind of the cluster's next action, or of the one that runs. */
export function nextKind(cluster: ClusterState): Kind | undefined {
  // An apply that already runs is let finish before the rollback.
  if (cluster.rollback === "pending" && !cluster.running?.startsWith("apply/")) return "rollback";
  switch (cluster.phase) {
    case "pending":
      return cluster.preflighted ? "preview" : "preflight";
    case "previewing":
      return "preview";
    case "applying":
      return "apply";
    case "verifying":
      return "verify";
    case "baking":
      return "pollHealth";
    default:
      return undefined;
  }
}

/** Id of the cluster's next action, or of the one that runs. */
export function nextActionId(cluster: ClusterState): string {
  return `${nextKind(cluster)}/${cluster.name}/${cluster.step}`;
}
