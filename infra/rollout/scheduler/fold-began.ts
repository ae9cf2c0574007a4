import type { Began } from "../model/event.ts";
import type { ClusterState } from "../model/state.ts";
import { type Draft, dequeue, update } from "./draft.ts";
import { nextActionId, nextKind } from "./steps.ts";

/** An action on a cluster is about to take its first step: from now on it may have had an effect. */
export function foldBegan(draft: Draft, event: Began): void {
  const cluster = draft.clusters.get(event.cluster);
  if (cluster === undefined || cluster.running !== undefined || nextActionId(cluster) !== event.action) return;
  if (draft.preflightOver) takePlace(draft, cluster);
  else beginPreflight(draft, cluster.name);
  update(draft, cluster.name, { running: event.action, ...changeAtBegin(draft, cluster) });
}

function beginPreflight(draft: Draft, name: string): void {
  draft.preflights = draft.preflights.filter((other) => other !== name);
  draft.preflighting.add(name);
}

function takePlace(draft: Draft, cluster: ClusterState): void {
  dequeue(draft, cluster.name);
  draft.active.add(cluster.name);
  draft.live.add(cluster.name);
  if (cluster.deadlineAt !== undefined) return;
  const deadline = draft.run.plan.waves[cluster.wave]?.progressDeadlineMs ?? 0;
  update(draft, cluster.name, { startedAt: draft.at, deadlineAt: draft.at + deadline });
}

function changeAtBegin(draft: Draft, cluster: ClusterState): Partial<ClusterState> {
  switch (nextKind(cluster)) {
    case "preview":
      return { phase: "previewing" };
    case "apply":
      return { begun: true, ...firstTouch(draft, cluster) };
    default:
      return {};
  }
}

function firstTouch(draft: Draft, cluster: ClusterState): Partial<ClusterState> {
  if (cluster.touched) return {};
  draft.touchedSoFar += 1;
  return { touched: true, touchedOrder: draft.touchedSoFar };
}
