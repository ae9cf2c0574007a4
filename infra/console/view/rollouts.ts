import type { RolloutSummary } from "../../rollout/index.ts";
import { type Html, html } from "../../web-page/index.ts";

/** The rollouts of the project, the newest first. */
export function rolloutsView(runs: readonly RolloutSummary[], base: string): Html {
  if (runs.length === 0) return html`<p>This project has no rollout yet.</p>`;
  return html`<div class="wide"><table class="cards"><thead><tr><th>Run</th><th>Fleet</th><th>Revision</th><th>State</th></tr></thead>
<tbody>${runs.map(
    ({ run, fleet, revision, standing, isLeft }) =>
      html`<tr data-key="${run}"><td data-label="Run"><a href="${base}/rollouts/${run}">${run}</a></td><td data-label="Fleet">${fleet}</td>
<td data-label="Revision"><code>${revision.slice(0, 12)}</code></td><td data-label="State"><span>${standing}${isLeft ? ", but no process carries it out" : ""}</span></td></tr>`,
  )}</tbody></table></div>`;
}
