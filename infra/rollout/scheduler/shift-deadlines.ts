import type { ClusterState } from "../model/state.ts";
import { type Draft, update } from "./draft.ts";

/** Moves what is due later for the clusters that `which` picks, and for open gates. */
export function shiftDeadlines(draft: Draft, by: number, which: (cluster: ClusterState) => boolean): void {
  const later = (time: number | undefined) => (time === undefined ? undefined : time + by);
  for (const name of draft.live) {
    const cluster = draft.clusters.get(name);
    if (cluster === undefined || !which(cluster)) continue;
    update(draft, name, { deadlineAt: later(cluster.deadlineAt), bakeUntil: later(cluster.bakeUntil) });
  }
  for (const gate of draft.gates.values()) {
    if (gate.status === "open") draft.gates.set(gate.id, { ...gate, openedAt: later(gate.openedAt) });
  }
}
