import { formatDuration } from "#base";
import type { ChangeGroup, ClusterState, Event, Run, RunState } from "../model/index.ts";
import { describeProblems } from "../scheduler/cluster-events.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { describeCluster, describeGate, describeRequest, describeRun } from "../view/describe.ts";
import { Html, html } from "./html.ts";

/** The report of a run as one HTML file that needs nothing else, for an audit or a ticket. It holds no secret. */
export function buildReport(run: Run, events: readonly Event[]): string {
  const { state } = new Scheduler(run, events);
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rollout ${run.id}</title>
<style>${style}</style>
<h1>Rollout ${run.id} of fleet ${run.fleet}</h1>
<p class="${state.outcome ?? state.phase}"><strong>${describeRun(state)}</strong></p>
${summary(run, state)}
<h2>Waves</h2>
${run.plan.waves.map((wave, index) => waveTable(run, state, wave.name, index))}
<h2>What was changed</h2>
${run.plan.groups.map(group)}
<h2>What happened</h2>
${timeline(events)}
</html>
`;
  return page.text;
}

function summary(run: Run, state: RunState): Html {
  const { git, images } = run;
  const counts = Object.entries(Object.groupBy(state.clusters.values(), ({ phase }) => phase));
  return html`<dl>
<dt>Clusters</dt><dd>${counts.map(([phase, some]) => `${some?.length ?? 0} ${phase}`).join(", ")}</dd>
<dt>Made</dt><dd>${time(run.createdAt)} by ${run.createdBy}</dd>
<dt>Last event</dt><dd>${time(state.at)}</dd>
<dt>Revision</dt><dd><code>${git.revision}</code>${git.dirty ? " with changes that were not committed" : ""}</dd>
<dt>Configuration</dt><dd><code>${run.configHash}</code></dd>
${Object.entries(images).map(([name, reference]) => html`<dt>Image ${name}</dt><dd><code>${reference}</code></dd>`)}
</dl>`;
}

function waveTable(run: Run, state: RunState, name: string, index: number): Html {
  const wave = run.plan.waves[index];
  const clusters = (wave?.clusters ?? []).map((one) => state.clusters.get(one)).filter((one) => one !== undefined);
  const gates = [...(wave?.before ?? []), ...(wave?.after ?? [])].flatMap(({ id }) => state.gates.get(id) ?? []);
  return html`<h3>${name}${wave?.canary ? " (canary)" : ""}: <span class="${state.waves[index]?.stage ?? ""}">${state.waves[index]?.stage ?? ""}</span></h3>
<p class="soft">${wave?.maxConcurrency ?? 0} at a time, ${wave?.maxFailures ?? 0} may fail, bake ${formatDuration(wave?.bakeMs ?? 0)}</p>
${gates.map((gate) => html`<p class="${gate.status}">${describeGate(gate)}${approval(gate.approval)}</p>`)}
<table><tr><th>Cluster</th><th>State</th><th>Attempts</th><th>Context</th><th>What to do</th></tr>
${clusters.map((cluster) => row(run, cluster, state.at))}</table>`;
}

function approval(given: { readonly at: number; readonly expiresAt: number } | undefined): string {
  return given === undefined ? "" : `, at ${time(given.at)}, valid until ${time(given.expiresAt)}`;
}

function row(run: Run, cluster: ClusterState, now: number): Html {
  const { name, phase, attempt, failure } = cluster;
  return html`<tr><td>${name}</td><td class="${phase}">${describeCluster(cluster, now)}</td><td>${attempt}</td>
<td><code>${run.plan.clusters[name]?.target.context}</code></td><td>${failure?.remedy}</td></tr>`;
}

function group({ clusters, changes, rbac }: ChangeGroup): Html {
  return html`<h3>${clusters.length} cluster${clusters.length === 1 ? "" : "s"}: ${clusters.join(", ")}</h3>
<p>Permissions: ${rbac.text}</p>
<table><tr><th>Object</th><th>Operation</th><th>Fields</th></tr>
${changes.map(
  ({ object, operation, fields }) =>
    html`<tr><td><code>${object}</code></td><td>${operation}</td><td><pre>${fields.join("\n")}</pre></td></tr>`,
)}</table>`;
}

function timeline(events: readonly Event[]): Html {
  const rows = events.flatMap((event) => {
    const text = describeRequest(event) ?? describeEnding(event);
    return text === undefined ? [] : [html`<tr><td>${time(event.at)}</td><td>${text}</td></tr>`];
  });
  return html`<table>${rows}</table>`;
}

function describeEnding(event: Event): string | undefined {
  switch (event.type) {
    case "previewed":
    case "applied":
    case "rolledBack": {
      const names = { previewed: "previewed", applied: "applied", rolledBack: "rolled back" } as const;
      const { result } = event;
      if (result.outcome === "ok") return `${event.cluster}: ${names[event.type]}`;
      return `${event.cluster}: not ${names[event.type]}: ${result.failure.message}`;
    }
    case "gateEvaluated":
      return `gate ${event.gate}: ${event.report.passed ? "passed" : "not passed"}: ${event.report.evidence}`;
    case "healthReported":
      return describeHealth(event);
    case "finished":
      return `finished: ${event.outcome}`;
    default:
      return undefined;
  }
}

/** The first good look after an apply tells what was proven; those while baking only repeat it. */
function describeHealth({ action, cluster, result }: Extract<Event, { type: "healthReported" }>): string | undefined {
  if (result.outcome !== "ok") return undefined;
  if (!result.healthy) return `${cluster}: not healthy: ${describeProblems(result.checks)}`;
  if (!action.startsWith("verify/")) return undefined;
  return `${cluster}: healthy: ${result.checks.map(({ message }) => message).join("; ")}`;
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The page needs nothing from elsewhere: no script, no font, no image. */
const style = new Html(`
:root { color-scheme: light dark; --line: #8884; --bad: #c62828; --good: #2e7d32; --soft: #8888; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
code, pre { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
dl { display: grid; gap: .2rem 1rem; grid-template-columns: max-content 1fr; } dd { margin: 0; }
.done, .passed, .complete { color: var(--good); } .failed, .halted, .aborted, .rollbackIncomplete { color: var(--bad); }
.soft { color: var(--soft); }
`);
