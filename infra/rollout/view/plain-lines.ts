import type { Event, Run, RunState } from "../model/index.ts";
import {
  approvalHints,
  countOf,
  describeCluster,
  describeGate,
  describeRequest,
  describeRun,
  oneLine,
} from "./describe.ts";

/** @returns the text after the time of day in UTC */
export function stamped(at: number, text: string): string {
  return `${new Date(at).toISOString().slice(11, 19)}  ${text}`;
}

/** Writes one line for each thing that has changed, with the time of day in UTC. */
export function createPlainLines(run: Run, write: (line: string) => void) {
  const shown = new Map<string, string>();
  const tell = (at: number, text: string) => write(stamped(at, text));
  const changed = (key: string, value: string) => {
    if (shown.get(key) === value) return false;
    shown.set(key, value);
    return true;
  };
  for (const name of Object.keys(run.plan.clusters)) shown.set(`cluster ${name}`, "pending");
  return (event: Event, state: RunState): void => {
    const { at } = event;
    // What was so before this process took the run up is no news.
    if (event.type === "opened") for (const { name, stage } of state.waves) shown.set(`wave ${name}`, stage);
    const request = describeRequest(event);
    if (request !== undefined) tell(at, request);
    if (event.type === "preflighted") tellPreflight(event, (text) => tell(at, text));
    if (event.type === "previewed" && event.result.outcome === "ok") {
      const { changes } = event.result;
      tell(at, `${event.cluster}: ${changes === 1 ? "1 object changes" : `${changes} objects change`}`);
    }
    for (const [index, wave] of state.waves.entries()) {
      if (index <= state.wave && wave.stage !== "before" && changed(`wave ${wave.name}`, wave.stage)) {
        tell(at, `wave ${wave.name}: ${stages[wave.stage]}`);
      }
    }
    for (const cluster of state.clusters.values()) {
      const key = cluster.rollback === "pending" ? "rollingBack" : cluster.phase;
      const problem = cluster.checks.find(({ severity }) => severity === "error")?.evidence ?? "";
      const isNews = changed(
        `cluster ${cluster.name}`,
        `${key}${cluster.waitingUntil === undefined ? "" : " waits"}${problem && ` ${problem}`}`,
      );
      if (isNews && key !== "pending") tell(at, `${cluster.name}: ${describeCluster(cluster, at)}`);
    }
    for (const gate of state.gates.values()) {
      if (gate.status !== "waiting" && changed(`gate ${gate.id}`, `${gate.status} ${gate.evidence}`)) {
        tell(at, describeGate(gate));
      }
    }
    for (const hint of approvalHints(run, state)) if (changed(hint, "told")) tell(at, hint);
    if (changed("run", `${state.phase} ${state.outcome ?? ""}`)) tell(at, `run ${run.id}: ${describeRun(state)}`);
  };
}

const stages = { before: "waits", clusters: "begins", after: "all clusters are settled", passed: "passed" } as const;

function tellPreflight(event: Extract<Event, { type: "preflighted" }>, tell: (text: string) => void): void {
  if (event.result.outcome !== "ok") return;
  const found = event.result.checks.filter(({ severity }) => severity !== "ok");
  if (found.length === 0) tell(`${event.cluster}: preflight ok, ${countOf(event.result.checks.length, "check")}`);
  for (const { severity, message, evidence } of found) {
    tell(oneLine(`${event.cluster}: preflight ${severity}: ${message}${evidence === "" ? "" : `: ${evidence}`}`));
  }
}
