import { formatDuration } from "#base";
import { type Html, html } from "../../web-page/index.ts";
import type { ClusterState, Event, Run, RunState } from "../model/index.ts";
import { type Span, type Stage, spansOf } from "./spans.ts";

/** How a stage is drawn, and told. The mark tells without its colour how a cluster ended. */
const stages: Readonly<Record<Stage, { readonly mark: string; readonly name: string }>> = {
  pending: { mark: "·", name: "waits" },
  preflight: { mark: "", name: "preflight" },
  previewing: { mark: "◌", name: "previewing" },
  applying: { mark: "●", name: "applying" },
  verifying: { mark: "●", name: "verifying" },
  baking: { mark: "◔", name: "baking" },
  done: { mark: "✓", name: "done" },
  failed: { mark: "✗", name: "failed" },
  skipped: { mark: "−", name: "skipped" },
  rollingBack: { mark: "↶", name: "rolling back" },
  rolledBack: { mark: "↶", name: "rolled back" },
};
const shownInLegend = [
  "preflight",
  "previewing",
  "applying",
  "verifying",
  "baking",
  "done",
  "failed",
  "rollingBack",
] as const;
/** Narrower than this, in percent, nothing is seen. */
const leastWidth = 0.6;

/** Time that the picture covers. */
interface Scale {
  readonly from: number;
  readonly to: number;
}

/** Waves and clusters over time, one line each. */
export function timelineOf(run: Run, state: RunState, events: readonly Event[]): Html {
  const from = events[0]?.at ?? run.createdAt;
  const scale = { from, to: Math.max(from + 1, state.at) };
  const spans = spansOf(run, events);
  const lines = run.plan.waves.map((wave, index) => {
    const { startedAt, endedAt } = state.waves[index] ?? {};
    const ofWave = startedAt === undefined ? [] : [{ from: startedAt, to: endedAt ?? state.at }];
    const clusters = wave.clusters.flatMap((name) => state.clusters.get(name) ?? []);
    return html`<div class="line"><span class="who"><strong>${wave.name}</strong></span>
${bar(
  `wave ${wave.name}: ${waveWord(state, index)}`,
  ofWave.map((one) => ({ ...one, look: "wave" })),
  scale,
)}</div>
${clusters.map((cluster) => clusterLine(cluster, spans.get(cluster.name) ?? [], scale))}`;
  });
  return html`<div class="timeline">
<p class="axis"><span>${clockTime(scale.from)}</span><span>${formatDuration(roundedUp(scale.to - scale.from))}</span><span>${clockTime(scale.to)}</span></p>
${lines}
<p class="legend">${shownInLegend.map((stage) => html`<span><svg width="14" height="12" aria-hidden="true"><rect class="${stage}" width="14" height="12"/></svg> ${stages[stage].mark} ${stages[stage].name}</span> `)}</p>
</div>`;
}

function clusterLine({ name, phase, rollback }: ClusterState, spans: readonly Span[], scale: Scale): Html {
  const stage = rollback === "pending" ? "rollingBack" : phase;
  const told = spans.map((span) => `${stages[span.stage].name} ${formatDuration(roundedUp(span.to - span.from))}`);
  const title = `${name}: ${told.length === 0 ? stages[stage].name : told.join(", ")}`;
  const parts = spans.map(({ stage: look, from, to }) => ({ look, from, to }));
  return html`<div class="line" data-key="${name}"><span class="who">${stages[stage].mark} ${name}</span>
${bar(title, parts, scale)}</div>`;
}

interface Part extends Scale {
  readonly look: string;
}

/** In percent: the picture is as wide as its page. */
function bar(title: string, parts: readonly Part[], { from, to }: Scale): Html {
  const percent = (milliseconds: number) => Math.round((milliseconds / (to - from)) * 10_000) / 100;
  return html`<svg class="bar" role="img" aria-label="${title}"><title>${title}</title>${parts.map((part) => {
    const width = Math.max(leastWidth, percent(part.to - part.from));
    const x = Math.min(100 - width, percent(part.from - from));
    return html`<rect class="${part.look}" x="${x}%" width="${width}%" height="100%"/>`;
  })}</svg>`;
}

/** Where a wave has come to; what is not over when the run is will stay so. */
export function waveWord(state: RunState, index: number): string {
  const { stage = "before", startedAt } = state.waves[index] ?? {};
  if (stage === "passed") return stage;
  if (startedAt === undefined) return state.outcome === undefined ? "waits" : "not begun";
  return state.outcome === undefined ? "in progress" : "not finished";
}

const roundedUp = (milliseconds: number) => Math.max(1000, Math.ceil(milliseconds / 1000) * 1000);

function clockTime(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC`;
}

/** Style of what is drawn here, on colours that all pages have. */
export const timelineLook = `
.timeline { border: 1px solid var(--line); border-radius: 6px; padding: .6rem; }
.timeline .axis { color: var(--soft); display: flex; font-size: .85rem; gap: .5rem; justify-content: space-between; margin: 0 0 .4rem 14rem; }
.timeline .line { align-items: center; display: grid; gap: .6rem; grid-template-columns: 13.4rem minmax(0, 1fr); padding: .1rem 0; }
.timeline .who { overflow-wrap: anywhere; }
.timeline .bar { background: var(--raised); display: block; height: 1.1rem; width: 100%; }
.timeline .legend { color: var(--soft); display: flex; flex-wrap: wrap; font-size: .85rem; gap: .2rem 1rem; margin: .6rem 0 0; }
rect.wave { fill: var(--text); height: .35rem; y: .38rem; }
rect.preflight { fill: var(--soft); } rect.previewing { fill: var(--soft-fill); } rect.applying { fill: var(--busy-fill); }
rect.verifying { fill: var(--busy-fill); opacity: .65; } rect.baking { fill: var(--warn-fill); }
rect.done { fill: var(--good-fill); } rect.failed { fill: var(--bad-fill); }
rect.skipped { fill: var(--soft-fill); opacity: .5; } rect.rollingBack, rect.rolledBack { fill: var(--warn-fill); opacity: .65; }
@media (max-width: 40rem) {
  .timeline .line { gap: .1rem; grid-template-columns: minmax(0, 1fr); padding: .2rem 0; }
  .timeline .axis { margin-left: 0; }
}
`;
