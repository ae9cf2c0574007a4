import type { ClusterState, Event, Run } from "../model/index.ts";
import { Scheduler } from "../scheduler/scheduler.ts";

export type Stage = ClusterState["phase"] | "preflight" | "rollingBack";

/** How long a cluster was in a stage. Times are milliseconds since 1970. */
export interface Span {
  readonly stage: Stage;
  readonly from: number;
  readonly to: number;
}

/** In which stage each cluster was when, from the first event to the last. A cluster that only waited has none. */
export function spansOf(run: Run, events: readonly Event[]): ReadonlyMap<string, readonly Span[]> {
  const scheduler = new Scheduler(run);
  const spans = new Map<string, Span[]>();
  const now = new Map<string, { readonly stage: Stage; readonly from: number }>();
  const end = events.at(-1)?.at ?? run.createdAt;

  const look = (cluster: ClusterState | undefined, at: number) => {
    if (cluster === undefined) return;
    const stage = stageOf(cluster);
    const before = now.get(cluster.name);
    if (before?.stage === stage) return;
    if (before !== undefined) close(cluster.name, before.stage, before.from, at);
    now.set(cluster.name, { stage, from: at });
  };
  const close = (name: string, stage: Stage, from: number, to: number) => {
    if (stage === "pending") return;
    spans.set(name, [...(spans.get(name) ?? []), { stage, from, to }]);
  };

  for (const event of events) {
    scheduler.take(event);
    const { clusters } = scheduler.state;
    if ("cluster" in event && event.type !== "retried" && event.type !== "skipped") {
      if (event.type === "preflighted") close(event.cluster, "preflight", event.at, event.at);
      look(clusters.get(event.cluster), event.at);
    }
    // What an operator does, and what a timer ends, may concern all of them.
    else for (const cluster of clusters.values()) look(cluster, event.at);
  }
  for (const [name, { stage, from }] of now) close(name, stage, from, end);
  return spans;
}

function stageOf({ phase, rollback }: ClusterState): Stage {
  return rollback === "pending" ? "rollingBack" : phase;
}
