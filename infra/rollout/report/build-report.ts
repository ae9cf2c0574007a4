import { formatDuration } from "#base";
import { Html, html, look, sourceHash } from "../../web-page/index.ts";
import type { ChangeGroup, ClusterState, Event, Run, RunState } from "../model/index.ts";
import { describeProblems } from "../scheduler/cluster-events.ts";
import { describeHalt } from "../scheduler/halt.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { describeCluster, describeGate, describeRequest, describeRun } from "../view/describe.ts";
import { type CommonFailure, commonFailures } from "./failures.ts";
import { timelineLook, timelineOf, waveWord } from "./timeline.ts";

/** The page needs nothing from elsewhere: no script, no font, no image. */
const style = look + timelineLook;

/** The report of a run as one HTML file that needs nothing else, for an audit or a ticket. It holds no secret. */
export function buildReport(run: Run, events: readonly Event[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${sourceHash(style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rollout ${run.id}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>Rollout ${run.id} of fleet ${run.fleet}</h1>
${reportBody(run, events)}
</main>
</body>
</html>
`.text;
}

/** The report below its title, for a page of somebody else's. */
export function reportBody(run: Run, events: readonly Event[]): Html {
  const { state } = new Scheduler(run, events);
  const failures = commonFailures(state.clusters.values());
  return html`<p class="${toneOf(state)}"><strong>${markOf(state)} ${describeRun(state)}</strong></p>
${state.halt === undefined ? undefined : html`<p>Halted: ${describeHalt(state.halt)}.</p>`}
${summary(run, state)}
${failures.length === 0 ? undefined : html`<h2>What failed</h2>`}
${failures.map(failureBox)}
<h2>Timeline</h2>
${timelineOf(run, state, events)}
<h2>Waves</h2>
${run.plan.waves.map((wave, index) => waveTable(run, state, wave.name, index))}
<h2>What was changed</h2>
${run.plan.groups.map(group)}
<h2>What happened</h2>
${log(events)}`;
}

const good: ReadonlySet<string> = new Set(["complete", "done", "passed"]);
const bad: ReadonlySet<string> = new Set(["halted", "aborted", "rollbackIncomplete", "failed"]);

function toneOf({ outcome, phase }: Pick<RunState, "outcome" | "phase">): string {
  return tone(outcome ?? phase);
}

function tone(word: string): string {
  return good.has(word) ? "good" : bad.has(word) ? "bad" : "busy";
}

function markOf({ outcome, phase }: RunState): string {
  const word = outcome ?? phase;
  return good.has(word) ? "✓" : bad.has(word) ? "✗" : "●";
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

function failureBox({ code, message, remedy, step, clusters }: CommonFailure): Html {
  const count = clusters.length === 1 ? "1 cluster" : `${clusters.length} clusters`;
  return html`<div class="box bad"><p><strong>✗ ${count} in ${step}:</strong> ${clusters.join(", ")}</p>
<p>${message}</p><p>${remedy}</p><p class="soft">${code}</p></div>`;
}

function waveTable(run: Run, state: RunState, name: string, index: number): Html {
  const wave = run.plan.waves[index];
  const clusters = (wave?.clusters ?? []).flatMap((one) => state.clusters.get(one) ?? []);
  const gates = [...(wave?.before ?? []), ...(wave?.after ?? [])].flatMap(({ id }) => state.gates.get(id) ?? []);
  const stage = waveWord(state, index);
  return html`<h3>${name}${wave?.canary ? " (canary)" : ""}: <span class="${tone(stage)}">${stage}</span></h3>
<p class="soft">${wave?.maxConcurrency ?? 0} at a time, ${wave?.maxFailures ?? 0} may fail, bake ${formatDuration(wave?.bakeMs ?? 0)}</p>
${gates.map((gate) => html`<p class="${tone(gate.status)}">${describeGate(gate)}${approval(gate.approval)}</p>`)}
<div class="wide"><table class="cards"><thead><tr><th>Cluster</th><th>State</th><th>Attempts</th><th>Context</th></tr></thead>
<tbody>${clusters.map((cluster) => row(run, cluster, state.at))}</tbody></table></div>`;
}

function approval(given: { readonly at: number; readonly expiresAt: number } | undefined): string {
  return given === undefined ? "" : `, at ${time(given.at)}, valid until ${time(given.expiresAt)}`;
}

/** What has failed is told above, once for all of the same. */
function row(run: Run, cluster: ClusterState, now: number): Html {
  const { name, phase, attempt, failedIn } = cluster;
  const told = phase === "failed" ? `✗ failed in ${failedIn ?? "an unknown step"}` : describeCluster(cluster, now);
  return html`<tr><td data-label="Cluster"><span>${name}</span></td><td data-label="State"><span class="${tone(phase)}">${told}</span></td>
<td data-label="Attempts">${attempt}</td><td data-label="Context"><code>${run.plan.clusters[name]?.target.context}</code></td></tr>`;
}

function group({ clusters, changes, rbac }: ChangeGroup): Html {
  return html`<h3>${clusters.length} cluster${clusters.length === 1 ? "" : "s"}: ${clusters.join(", ")}</h3>
<p>Permissions: ${rbac.text}</p>
<div class="wide"><table class="cards"><thead><tr><th>Object</th><th>Operation</th><th>Fields</th></tr></thead>
<tbody>${changes.map(
    ({ object, operation, fields }) =>
      html`<tr><td data-label="Object"><code>${object}</code></td><td data-label="Operation">${operation}</td><td data-label="Fields"><pre>${fields.join("\n")}</pre></td></tr>`,
  )}</tbody></table></div>`;
}

/** What is told again about the same cluster without anything new in between is told once, with how often. */
function log(events: readonly Event[]): Html {
  const rows: { readonly at: number; readonly text: string; times: number }[] = [];
  const latest = new Map<string, (typeof rows)[number]>();
  for (const event of events) {
    const text = describeRequest(event) ?? describeEnding(event);
    if (text === undefined) continue;
    const about = "cluster" in event ? event.cluster : "";
    const before = latest.get(about);
    if (before?.text === text) before.times += 1;
    else {
      const row = { at: event.at, text, times: 1 };
      latest.set(about, row);
      rows.push(row);
    }
  }
  return html`<div class="wide"><table class="cards"><thead><tr><th>At</th><th>What</th></tr></thead>
<tbody>${rows.map(
    ({ at, text, times }) =>
      html`<tr><td data-label="At">${time(at)}</td><td data-label="What"><span>${text}${times === 1 ? "" : ` (${times} times)`}</span></td></tr>`,
  )}</tbody></table></div>`;
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
