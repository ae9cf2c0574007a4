import { failureOf } from "../../terminal/index.ts";
import { type Html, html } from "../../web-page/index.ts";
import { type Page, sections } from "./page.ts";

export interface Frame {
  /** Begin of all addresses, without a slash at its end. */
  readonly base: string;
  /** The cluster that is looked at. */
  readonly context: string;
}

/** A whole page. It is complete without scripts; with them it follows what happens. */
export function documentOf(page: Page, path: string, content: Html, { base, context }: Frame): string {
  const link = ({ path: to, title }: (typeof sections)[number]) =>
    html`<li><a href="${base}/${to}"${current(to === page.section)}>${title}</a></li>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · ${context} · edgectl console</title>
<link rel="icon" href="${base}/icon.svg">
<link rel="stylesheet" href="${base}/console.css">
<script type="module" src="${base}/live.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="brand"><strong>edgectl console</strong> <span class="soft">${context}, read only</span></p>
<nav aria-label="Pages"><ul>${sections.map(link)}</ul></nav>
</header>
<main id="content">
<h1>${page.title}</h1>
<p id="connection" class="soft" role="status">As of when the page was loaded</p>
<div id="live" data-live="${base}/live?page=${encodeURIComponent(path)}">${content}</div>
${page.log === undefined ? undefined : logOf(base, page.log, page.title)}
</main>
</body>
</html>
`.text;
}

const current = (is: boolean) => (is ? html` aria-current="page"` : undefined);

function logOf(base: string, log: string, title: string): Html {
  return html`<p id="log-state" class="soft" role="status">The log needs scripts</p>
<pre id="log" class="wide" tabindex="0" role="log" aria-live="off" aria-label="${title}" data-log="${base}/log?${log}"></pre>`;
}

/** What stands in the place of what could not be read. */
export function problemBox(error: unknown): Html {
  const { code, message, remedy } = failureOf(error);
  return html`<div class="box bad"><p><strong>✗ ${message}</strong></p><p>${remedy}</p><p class="soft">${code}</p></div>`;
}

/** The page by which a browser gets its cookie. It leads on by itself: a redirect would come from whoever had the link. */
export function entrance(base: string): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>edgectl console</title><meta http-equiv="refresh" content="0; url=${base}/"></head>
<body><p><a href="${base}/">Open the console</a></p></body>
</html>
`.text;
}

/** What somebody sees who is not let in. */
export function refusal(title: string, text: string): string {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body><main><h1>${title}</h1><p>${text}</p></main></body>
</html>
`.text;
}
