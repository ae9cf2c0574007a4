import type { WaitAction } from "../model/action.ts";
import type { ClusterState, GateState } from "../model/state.ts";
import type { Draft } from "./draft.ts";

/** The end of a requeued cluster's wait. */
export function requeueTimer({ name, step, waitingUntil }: ClusterState): WaitAction | undefined {
  if (waitingUntil === undefined) return undefined;
  return { kind: "wait", id: `requeue/${name}/${step}`, until: waitingUntil, reason: "requeue", subject: name };
}

/** The time by which a cluster must have come further. */
export function deadlineTimer({ name, deadlineAt }: ClusterState): WaitAction | undefined {
  if (deadlineAt === undefined) return undefined;
  return { kind: "wait", id: `deadline/${name}/${deadlineAt}`, until: deadlineAt, reason: "deadline", subject: name };
}

/** The time by which somebody must have approved. */
export function approvalTimer(draft: Draft, { id, status, openedAt }: GateState): WaitAction | undefined {
  const spec = gateOf(draft, id)?.spec;
  if (status !== "open" || openedAt === undefined || spec?.kind !== "approval") return undefined;
  const until = openedAt + spec.timeoutMs;
  return { kind: "wait", id: `approval/${id}/${until}`, until, reason: "approval", subject: id };
}

/** The gate of that id in the run's plan. */
export function gateOf(draft: Draft, id: string) {
  for (const { before, after } of draft.run.plan.waves) {
    const found = before.find((gate) => gate.id === id) ?? after.find((gate) => gate.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}
