import { cleanLine } from "../../terminal/index.ts";
import type { Report } from "../report/model.ts";
import { type Chain, columnTitles, type GraphEdge, type GraphNode, layOut } from "./graph-layout.ts";
import { type Shorten, shortLabels } from "./short-labels.ts";
import { leadsText, reachText, titleOf } from "./wording.ts";

export interface GraphOptions {
  /** Address of the whole report, for what the picture leaves out. */
  readonly details?: string;
}

const nodeWidth = 340;
const nodeHeight = 42;
const rowHeight = 54;
const columnWidth = 410;
const lineHeight = 18;
/** Ways that are told below the picture. */
const maxWays = 20;
const margin = 20;
const top = 90;
/** Characters that fit a node, and the picture, at the font sizes below. */
const maxLabel = 44;
const maxCaption = 52;
const maxLine = 215;

const style = `
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, monospace; fill: #1f2328 }
  .verdict { font-size: 16px; font-weight: bold }
  .column { fill: #59636e }
  .caption { fill: #59636e; font-size: 10px }
  .node { fill: #f6f8fa; stroke: #d1d9e0 }
  .risky { fill: #ffebe9; stroke: #cf222e; stroke-width: 2 }
  .edge { fill: none; stroke-width: 1.5; stroke: #8c959f }
  .gained { stroke: #1a7f37 }
  .lost { stroke: #cf222e; stroke-dasharray: 4 3 }`;

/** The report as a picture: who reaches which power through which binding and role. Green is gained, dashed red lost. */
export function toSvg(report: Report, { details }: GraphOptions = {}): string {
  const where = details === undefined ? "the page (-o html) and the JSON report list them" : `listed in ${details}`;
  return picture(report, where);
}

function picture(report: Report, whereRestIs: string): string {
  const { nodes, edges, omitted } = layOut(report);
  const rows = Math.max(1, ...nodes.map(({ row }) => row + 1));
  const width = margin * 2 + columnWidth * 3 + nodeWidth;
  const ways = waysOf(report);
  const bottom = top + rows * rowHeight + margin + (omitted.length > 0 ? rowHeight : 0);
  const height = bottom + ways.length * lineHeight;
  const risky = omitted.filter((chain) => chain.risky).length;
  const counted = `${omitted.length} more, ${risky === 0 ? "none" : risky} of them critical or high; ${whereRestIs}`;
  const shortened = shortLabels(
    nodes.map((node) => node.label),
    maxLabel,
  );
  const captions = shortLabels(
    nodes.map((node) => node.caption),
    maxCaption,
  );
  const lines = shortLabels(ways, maxLine);
  const note = omitted.length > 0 ? [label(margin, bottom - margin, `and ${counted}`, "column")] : [];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeMarkup(report.verdict.text)}</title>`,
    `<style>${style}\n</style>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    label(margin, 32, `RBAC: ${report.verdict.text}`, "verdict"),
    label(margin, 52, shortLabels([], maxLine)(titleOf(report)), "column"),
    ...columnTitles.map((title, column) => label(margin + column * columnWidth, top - 12, title, "column")),
    ...edges.map(edgePath),
    ...nodes.map((node) => nodeBox(node, shortened, captions)),
    ...note,
    ...ways.map((way, row) => label(margin, bottom + row * lineHeight, lines(way))),
    "</svg>",
    "",
  ].join("\n");
}

/** Where the findings lead to, the worst first. */
function waysOf(report: Report): string[] {
  const ways = shown(report).flatMap((finding) => {
    const way = reachText(finding);
    return way === "" ? [] : [`${finding.severity}: ${way}`];
  });
  const rest = ways.length - maxWays;
  return rest > 0 ? [...ways.slice(0, maxWays), `and ${rest} more ways, which the JSON report has`] : ways;
}

const shown = ({ findings, kind }: Report) => findings.filter(({ introduced }) => introduced || kind === "lint");

/** The picture as a page that needs nothing else, with all that the picture has no room for. */
export function toHtml(report: Report, options: GraphOptions = {}): string {
  const { omitted } = layOut(report);
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>RBAC: ${escapeMarkup(report.verdict.text)}</title>`,
    "<style>body { margin: 1rem; font-family: system-ui, sans-serif } svg { max-width: 100%; height: auto } dt { font-weight: bold }</style>",
    "</head><body>",
    (omitted.length > 0 ? picture(report, "listed below") : toSvg(report, options)).trimEnd(),
    "<dl>",
    ...shown(report).flatMap((finding) => {
      const { severity, about, title, why, fix, source } = finding;
      const way = leadsText(finding);
      return [
        `<dt>${severity}: ${escapeMarkup(about)}: ${escapeMarkup(title)}</dt>`,
        ...(way === "" ? [] : [`<dd>${escapeMarkup(way)}</dd>`]),
        `<dd>${escapeMarkup(why)} Fix: ${escapeMarkup(fix)} ${moreAt(source)}</dd>`,
      ];
    }),
    "</dl>",
    ...restTable(omitted),
    "</body></html>",
    "",
  ].join("\n");
}

function restTable(omitted: readonly Chain[]): string[] {
  if (omitted.length === 0) return [];
  const head = ["", ...columnTitles].map((title) => `<th>${title}</th>`).join("");
  const rows = omitted.map(({ labels, tone }) => {
    const cells = [tone, ...labels.map(({ caption, label: name }) => `${caption} ${name}`)];
    return `<tr>${cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join("")}</tr>`;
  });
  return ["<h2>Not in the picture</h2>", `<table><tr>${head}</tr>`, ...rows, "</table>"];
}

/** Only an address that leads to a page is made a link. */
const moreAt = (source: string) =>
  source.startsWith("https://") ? `<a href="${escapeMarkup(source)}">More</a>` : escapeMarkup(source);

const left = ({ column }: GraphNode) => margin + column * columnWidth;
const middle = ({ row }: GraphNode) => top + row * rowHeight + nodeHeight / 2;

function edgePath({ from, to, tone }: GraphEdge): string {
  const [x1, y1, x2, y2] = [left(from) + nodeWidth, middle(from), left(to), middle(to)];
  const bend = (x1 + x2) / 2;
  return `<path class="edge ${tone}" d="M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}"/>`;
}

function nodeBox(node: GraphNode, shortened: Shorten, captions: Shorten): string {
  const [x, y] = [left(node), top + node.row * rowHeight];
  return [
    `<g><title>${escapeMarkup(`${node.caption} ${node.label}`)}</title>`,
    `<rect class="${node.risky ? "node risky" : "node"}" x="${x}" y="${y}" width="${nodeWidth}" height="${nodeHeight}" rx="5"/>`,
    label(x + 10, y + 15, captions(node.caption), "caption"),
    `${label(x + 10, y + 32, shortened(node.label))}</g>`,
  ].join("");
}

function label(x: number, y: number, content: string, kind?: string): string {
  const attribute = kind === undefined ? "" : ` class="${kind}"`;
  return `<text${attribute} x="${x}" y="${y}">${escapeMarkup(content)}</text>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeMarkup(value: string): string {
  return cleanLine(value).replace(/[&<>"]/g, (character) => entities[character] ?? "");
}
