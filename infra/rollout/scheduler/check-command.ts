import { type EdgeError, nearest } from "#base";
import { rolloutErrors } from "../errors.ts";
import type { OperatorEvent } from "../model/event.ts";
import type { RunState } from "../model/state.ts";
import type { Draft } from "./draft.ts";
import { describeHalt } from "./halt.ts";
import { canRetry, canRollBack, canSkip } from "./operator-events.ts";
import type { Scheduler } from "./scheduler.ts";

/** Why the run cannot do what an operator asks for; undefined: it can. An event that is refused here changes nothing. */
export function checkCommand(scheduler: Scheduler, event: OperatorEvent): EdgeError | undefined {
  const draft = scheduler.state as Draft;
  const problem = problemOf(draft, event);
  return problem && rolloutErrors.EDGE_ROLLOUT_COMMAND_REFUSED({ command: describe(event), ...problem });
}

interface Refusal {
  readonly reason: string;
  readonly remedy: string;
}

function problemOf(draft: Draft, event: OperatorEvent): Refusal | undefined {
  switch (event.type) {
    case "paused":
      return pauseProblem(draft);
    case "resumed":
      return resumeProblem(draft);
    case "aborted":
      if (draft.rollingBack) return { reason: "it is rolling back", remedy: "Let the rollback end." };
      return draft.phase === "aborted" || draft.phase === "finished" ? over(draft) : undefined;
    case "approved":
      return approvalProblem(draft, event);
    case "retried":
      return clusterProblem(draft, event.cluster, retryProblem);
    case "skipped":
      return clusterProblem(draft, event.cluster, skipProblem);
    case "rollbackRequested":
      return canRollBack(draft) ? undefined : { reason: "it is rolling back already", remedy: "Wait until it ends." };
  }
}

function over({ phase, outcome }: RunState): Refusal {
  return { reason: `the run is ${outcome ?? phase}`, remedy: "Make a new run." };
}

function pauseProblem(draft: Draft): Refusal | undefined {
  if (draft.pause !== undefined) return { reason: "the run is paused already", remedy: "Resume it to go on." };
  return draft.phase === "running" || draft.phase === "preflight" ? undefined : over(draft);
}

function resumeProblem(draft: Draft): Refusal | undefined {
  if (draft.phase === "aborted" || draft.phase === "finished") return over(draft);
  if (draft.pause !== undefined || draft.halt?.kind === "gate") return undefined;
  if (draft.halt === undefined) return { reason: "the run is neither paused nor halted", remedy: "It needs nothing." };
  return {
    reason: `it is halted: ${describeHalt(draft.halt)}`,
    remedy: "Retry or skip failed clusters, or roll back.",
  };
}

function approvalProblem({ run, gates }: Draft, event: Extract<OperatorEvent, { type: "approved" }>) {
  const approvals = run.plan.waves
    .flatMap(({ before, after }) => [...before, ...after])
    .filter(({ spec }) => spec.kind === "approval");
  const gate = approvals.find(({ id }) => id === event.gate);
  if (gate?.spec.kind !== "approval") {
    return unknown(
      "gate with approval",
      event.gate,
      approvals.map(({ id }) => id),
    );
  }
  const { approvers } = gate.spec;
  if (approvers.length > 0 && !approvers.includes(event.by)) {
    return { reason: `${event.by} is no approver of this gate`, remedy: `Ask one of ${approvers.join(", ")}.` };
  }
  if (gates.get(gate.id)?.status !== "passed") return undefined;
  return { reason: "the gate has passed already", remedy: "Nothing is left to approve there." };
}

type Judge = (draft: Draft, cluster: string) => Refusal | undefined;

function clusterProblem(draft: Draft, name: string, judge: Judge): Refusal | undefined {
  return draft.clusters.has(name) ? judge(draft, name) : unknown("cluster", name, [...draft.clusters.keys()]);
}

const retryProblem: Judge = (draft, name) => {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined || canRetry(draft, cluster)) return undefined;
  if (cluster.phase !== "failed") return { reason: `${name} is ${cluster.phase}`, remedy: "Retry failed clusters." };
  if (draft.rollingBack) return { reason: "the run is rolling back", remedy: "Make a new run after that." };
  return over(draft);
};

const skipProblem: Judge = (draft, name) => {
  const cluster = draft.clusters.get(name);
  if (cluster === undefined || canSkip(draft, cluster)) return undefined;
  return { reason: `${name} is ${cluster.phase}`, remedy: "Skip clusters that are pending, waiting or failed." };
};

function unknown(what: string, name: string, known: readonly string[]): Refusal {
  const meant = nearest(name, known);
  const remedy = meant === undefined ? `Known: ${known.slice(0, 20).join(", ") || "none"}.` : `Did you mean ${meant}?`;
  return { reason: `the run has no ${what} '${name}'`, remedy };
}

function describe(event: OperatorEvent): string {
  const verbs = {
    paused: "pause",
    resumed: "resume",
    aborted: "abort",
    approved: "approve",
    retried: "retry",
    skipped: "skip",
    rollbackRequested: "rollback",
  } as const;
  const subject = "cluster" in event ? ` ${event.cluster}` : "gate" in event ? ` ${event.gate}` : "";
  return `${verbs[event.type]}${subject}`;
}
