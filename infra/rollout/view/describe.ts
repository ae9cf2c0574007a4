import { formatDuration } from "#base";
import { commandLine, noCluster } from "../../terminal/index.ts";
import type { ClusterState, Event, GateState, Run, RunState } from "../model/index.ts";
import { describeHalt } from "../scheduler/halt.ts";

/** Texts for people about the parts of a run. Each is one line without control characters. */
export function describeCluster(cluster: ClusterState, now: number): string {
  const { phase, failure, failedIn, skippedBecause, since, waitingUntil, unreachable, rollback } = cluster;
  if (rollback === "pending") return oneLine(`rolling back${failure === undefined ? "" : `: ${failure.message}`}`);
  if (waitingUntil !== undefined) {
    const next = formatDuration(Math.max(0, waitingUntil - now));
    return oneLine(`${phase}, put off ${countOf(unreachable, "time")}, next try in ${next}: ${failure?.message ?? ""}`);
  }
  if (phase === "failed") return oneLine(`failed in ${failedIn ?? "an unknown step"}: ${failure?.message ?? ""}`);
  if (phase === "skipped") return oneLine(`skipped: ${skippedBecause ?? ""}`);
  if (settled.has(phase)) return phase === "rolledBack" ? "rolled back" : phase;
  if (phase === "pending") return "pending";
  const elapsed = now - since < 1000 ? "" : ` for ${formatDuration(now - since)}`;
  return oneLine(`${phase}${elapsed}${describeWait(cluster)}`);
}

/** What the cluster still lacks, or why it is not its first try. */
function describeWait({ checks, unreachable, failure }: ClusterState): string {
  const problem = checks.find(({ severity }) => severity === "error");
  if (problem !== undefined) return `: ${problem.message}${problem.evidence === "" ? "" : `: ${problem.evidence}`}`;
  return unreachable > 0 && failure !== undefined ? `, tried again after: ${failure.message}` : "";
}

/** @example countOf(1, "cluster") // "1 cluster" */
export function countOf(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

const settled: ReadonlySet<string> = new Set(["done", "rolledBack"]);

/** Where the run as a whole stands. */
export function describeRun({ phase, outcome, pause, halt }: RunState): string {
  if (outcome !== undefined) return outcomes[outcome];
  if (phase === "paused" && pause?.kind === "operator") return oneLine(`paused by ${pause.by}: ${pause.reason}`);
  if (phase === "paused" && pause?.kind === "lock")
    return oneLine(`paused: ${pause.holder} has the lock of ${pause.cluster}`);
  if (phase === "halted" && halt !== undefined) return oneLine(`halted: ${describeHalt(halt)}`);
  return phase === "rollingBack" ? "rolling back" : phase;
}

export const outcomes = {
  complete: "complete: all clusters are done",
  partial: "partial: within the limits, but clusters failed or were skipped",
  halted: "halted",
  aborted: "aborted",
  rolledBack: "rolled back",
  rollbackIncomplete: "rolled back, but not everywhere",
} as const;

export function describeGate({ id, status, evidence, approval }: GateState): string {
  // Of one that was approved ahead there is no evidence yet.
  const found = evidence === "" && approval !== undefined ? `approved by ${approval.by}` : evidence;
  return oneLine(`gate ${id}: ${status}${found === "" ? "" : `: ${found}`}`);
}

/** Goes on with a run that no process carries out. */
export function resumeCommandOf(run: string): string {
  return commandLine(["rollout", "resume", "--run", run], noCluster);
}

/** How to open the approval gates that are waited for. */
export function approvalHints(run: Run, { gates, outcome }: RunState): readonly string[] {
  if (outcome !== undefined) return [];
  return run.plan.waves
    .flatMap(({ before, after }) => [...before, ...after])
    .filter(({ id, spec }) => spec.kind === "approval" && gates.get(id)?.status === "open")
    .map(({ id }) => {
      const approve = commandLine(["rollout", "approve", id, "--run", run.id], noCluster);
      return `waits for approval: ${approve}`;
    });
}

/** What an operator, or another run, did. Undefined for all other events. */
export function describeRequest(event: Event): string | undefined {
  switch (event.type) {
    case "opened":
      return oneLine(`taken up by ${event.by} on ${event.host}, process ${event.pid}`);
    case "paused":
      return oneLine(`${event.by} pauses the run: ${event.reason}`);
    case "resumed":
      return oneLine(`${event.by} resumes the run`);
    case "aborted":
      return oneLine(`${event.by} aborts the run: ${event.reason}`);
    case "approved":
      return oneLine(
        `${event.by} approves gate ${event.gate}${event.comment === undefined ? "" : `: ${event.comment}`}`,
      );
    case "retried":
      return oneLine(`${event.by} retries ${event.cluster}`);
    case "skipped":
      return oneLine(`${event.by} skips ${event.cluster}: ${event.reason}`);
    case "rollbackRequested":
      return oneLine(`${event.by} asks for a rollback: ${event.reason}`);
    case "lockLost":
      return oneLine(`${event.holder} has taken the lock of ${event.cluster}`);
    case "notified":
      return event.problem === undefined ? undefined : oneLine(`a notification did not arrive: ${event.problem}`);
    default:
      return undefined;
  }
}

/** What comes from clusters, commands and operators must not steer a terminal. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ").trim();
}
