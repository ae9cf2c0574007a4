import type { FindingEntry, Report } from "../../rbac/index.ts";
import { reachText } from "../../rbac/index.ts";
import { type Html, html } from "../../web-page/index.ts";

const severities = ["critical", "high", "medium", "low"] as const;

/**
 * What the accounts of the installations may do, as a picture and as text.
 *
 * @param picture address of the picture, another one for another picture
 */
export function permissionsView({ findings, changes, verdict }: Report, picture: string): Html {
  const ranked = findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return html`<p>${verdict.text}. What each ServiceAccount of the installations may do, by which binding and role.</p>
<div class="wide" tabindex="0" role="region" aria-label="Picture of the permissions"><img class="picture" src="${picture}" alt="Who may do what; the lists below say the same"></div>
<h2>Risks</h2>
${ranked.length === 0 ? html`<p>None of the rules finds any.</p>` : ranked.map(risk)}
<h2>Permissions</h2>
<div class="wide"><table class="cards"><thead><tr><th>Who</th><th>Where</th><th>May</th></tr></thead>
<tbody>${changes.flatMap(({ subject, gained }) =>
    gained.map(
      ({ scope, verbs, target }) =>
        html`<tr><td data-label="Who"><span>${subject}</span></td><td data-label="Where">${scope === "*" ? "everywhere" : scope}</td><td data-label="May"><span>${verbs.join(", ")} on ${target}</span></td></tr>`,
    ),
  )}</tbody></table></div>`;
}

function risk(finding: FindingEntry): Html {
  const { severity, about, title, why, fix, permissions } = finding;
  const tone = severity === "critical" || severity === "high" ? "bad" : "warn";
  const way = reachText(finding);
  return html`<div class="box ${tone}"><p><strong>${severity}</strong> ${about}: ${title}</p><p>${permissions.join(", ")}</p>
${way === "" ? undefined : html`<p>${way}</p>`}<p>${why} ${fix}</p></div>`;
}
