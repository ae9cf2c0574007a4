import type { ComponentState, Finding, InstallationState } from "../../deploy/index.ts";
import { asCalled } from "../../terminal/index.ts";
import { type Html, html } from "../../web-page/index.ts";

/** What runs where, and what is wrong with it. */
export function installationsView(states: readonly InstallationState[], base: string): Html {
  if (states.length === 0) return html`<p>There is no installation in this cluster.</p>`;
  return html`${states.map((state) => installation(state, base))}`;
}

function installation(
  { namespace, name, ready, components, problem, findings }: InstallationState,
  base: string,
): Html {
  const title = name === undefined || name === namespace ? namespace : `${name} in namespace ${namespace}`;
  const verdict = ready ? html`<span class="good">✓ ready</span>` : html`<span class="bad">✗ not ready</span>`;
  return html`<section aria-label="${title}" data-key="${namespace}">
<h2>${title}: ${verdict}</h2>
${problem === undefined ? undefined : html`<div class="box bad"><p>${problem}</p></div>`}
${findings.map(finding)}
<div class="wide"><table class="cards"><thead><tr><th>Part</th><th>State</th><th>Restarts</th><th>Image</th><th>Log</th></tr></thead>
<tbody>${components.map((component) => row(component, namespace, base))}</tbody></table></div>
</section>`;
}

function row(
  { component, name, ready, state, restarts, image, reason }: ComponentState,
  namespace: string,
  base: string,
) {
  const isModule = component === "module";
  const href = `${base}/modules/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const tone = ready ? "good" : "bad";
  return html`<tr data-key="${name}"><td data-label="Part"><span>${isModule ? "" : "daemon "}<strong>${name}</strong></span></td>
<td data-label="State"><span><span class="${tone}">${ready ? "✓" : "✗"} ${state}</span>${reason === undefined ? undefined : html`<br>${reason}`}</span></td>
<td data-label="Restarts">${restarts}</td><td data-label="Image"><code>${image === "" ? "-" : withShortDigest(image)}</code></td>
<td data-label="Log">${isModule ? html`<a href="${href}" aria-label="Log of ${name} in ${namespace}">log</a>` : "-"}</td></tr>`;
}

function finding({ severity, component, message, fix }: Finding): Html {
  const tone = severity === "error" ? "bad" : "warn";
  const where = component === undefined ? "" : `${component}: `;
  return html`<div class="box ${tone}"><p><strong>${severity}</strong> ${where}${message}</p><p>${asCalled(fix)}</p></div>`;
}

/** As much of a digest as tells images apart. */
function withShortDigest(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}
