import { type Html, html } from "../../web-page/index.ts";

/** How the trust of an installation stands, of what `edgectl trust status` tells. Times are RFC 3339. */
export interface TrustStanding {
  readonly namespace: string;
  readonly deployed: boolean;
  /** SHA-256 of the deployed bundle. */
  readonly bundle: string;
  readonly roots: readonly { readonly id: string; readonly state: string }[];
  readonly workloadCa: string;
  readonly certificates: readonly { readonly kind: string; readonly name: string; readonly notAfter: string }[];
  readonly pods: { readonly total: number; readonly current: number };
  readonly phase: "settled" | "adding" | "promoting" | "dropping";
  readonly blockers: readonly { readonly pod: string; readonly message: string; readonly fix: string }[];
  readonly estimate?: string;
}

const soon = 30 * 24 * 60 * 60 * 1000;
const phases: Readonly<Record<TrustStanding["phase"], string>> = {
  settled: "settled: no rotation is under way",
  adding: "adding: a root is to be added",
  promoting: "promoting: a root is to become the one that issues",
  dropping: "dropping: a root is to be left out",
};

/**
 * Which CAs count, who has loaded them, and what ends when.
 *
 * @param now milliseconds since the epoch
 */
export function trustView(statuses: readonly TrustStanding[], now: number): Html {
  if (statuses.length === 0) return html`<p>There is no installation in this cluster.</p>`;
  return html`${statuses.map((status) => installation(status, now))}`;
}

function installation(
  { namespace, deployed, bundle, roots, workloadCa, phase, pods, ...rest }: TrustStanding,
  now: number,
) {
  if (!deployed) {
    return html`<section data-key="${namespace}"><h2>${namespace}</h2><p>No trust bundle is deployed.</p></section>`;
  }
  const all = pods.current === pods.total;
  const { certificates, blockers, estimate } = rest;
  return html`<section data-key="${namespace}"><h2>${namespace}</h2>
<dl><dt>Phase</dt><dd>${phases[phase]}</dd>
<dt>Roots</dt><dd>${roots.map(({ id, state }) => `${id} ${state}`).join(", ") || "none of its own"}</dd>
<dt>Workload CA</dt><dd>${workloadCa}</dd>
<dt>Bundle</dt><dd><code>${bundle.slice(0, 12)}</code></dd>
<dt>Pods with it</dt><dd><span class="${all ? "good" : "warn"}">${all ? "✓" : "!"} ${pods.current} of ${pods.total}</span></dd></dl>
${blockers.length === 0 ? undefined : html`<h3>Blocks the next step</h3>`}
${blockers.map(({ pod, message, fix }) => html`<div class="box warn"><p>${pod === "" ? "" : `${pod}: `}${message}</p><p>${fix}</p></div>`)}
${estimate === undefined ? undefined : html`<p>Nothing of it is left at ${estimate}.</p>`}
<h3>Certificates</h3>
<div class="wide"><table class="cards"><thead><tr><th>Certificate</th><th>Of</th><th>Ends</th></tr></thead>
<tbody>${certificates.map(({ kind, name, notAfter }) => certificate(kind, name, notAfter, now))}</tbody></table></div></section>`;
}

function certificate(kind: string, name: string, notAfter: string, now: number): Html {
  const left = Date.parse(notAfter) - now;
  const tone =
    left <= 0 ? html`<span class="bad">✗ ended</span>` : left < soon ? html`<span class="warn">! soon</span>` : "";
  return html`<tr><td data-label="Certificate">${kind}</td><td data-label="Of"><span>${name}</span></td><td data-label="Ends"><span>${notAfter} ${tone}</span></td></tr>`;
}
