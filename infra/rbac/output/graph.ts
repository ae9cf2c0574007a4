import { cleanLine } from "../../terminal/index.ts";
import type { Report } from "../report/model.ts";
import type { Severity } from "../risk/severity.ts";
import { type Chain, chainsOf, columnTitles, isRisky, shownFindings, type Tone, type Way } from "./graph-chains.ts";
import {
  type Box,
  characterWidth,
  columns,
  type Edge,
  layOut,
  lineHeight,
  margin,
  pictureWidth,
  type Row,
} from "./graph-layout.ts";
import { pictureStyle } from "./graph-style.ts";
import { shortLabels } from "./short-labels.ts";
import { leadsText, titleOf } from "./wording.ts";
import { wrapLabel } from "./wrap-label.ts";

export interface GraphOptions {
  /** Address of the whole report, for what the picture leaves out. */
  readonly details?: string;
}

const top = 96;
/** Characters that fit the width of the picture, and its large title. */
const fullLine = Math.floor((pictureWidth - 2 * margin) / characterWidth);
const titleLine = Math.floor(fullLine * 0.78);
const maxWayLines = 6;

/** The report as a picture: who reaches which power through which binding and role, how bad that is, and where it leads. */
export function toSvg(report: Report, { details }: GraphOptions = {}): string {
  const where = details === undefined ? "the page (-o html) and the JSON report list them" : `listed in ${details}`;
  return picture(report, where);
}

function picture(report: Report, whereRestIs: string): string {
  const { shown, omitted, ways, omittedWays, stops } = chainsOf(report);
  const { boxes, edges, bottom } = layOut(shown, top);
  const risky = omitted.filter(isRisky).length;
  const counted = `and ${omitted.length} more, ${risky === 0 ? "none" : risky} of them critical or high; ${whereRestIs}`;
  const below = createColumn(bottom + lineHeight + 8);
  if (omitted.length > 0) for (const line of wrapLabel(counted, fullLine, 4)) below.text(line, "soft");
  drawWays(ways, omittedWays, below);
  const legend = legendOf(shown, below.gap(10));
  const height = below.y + lineHeight + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${pictureWidth} ${height}" width="${pictureWidth}" height="${height}" role="img">`,
    `<title>${escapeMarkup(report.verdict.text)}</title>`,
    `<style>${pictureStyle}\n</style>`,
    `<rect class="ground" width="100%" height="100%"/>`,
    text(margin, 34, cutTo(`RBAC: ${report.verdict.text}`, titleLine), "verdict"),
    text(margin, 56, cutTo(titleOf(report), fullLine), "soft"),
    ...columns.map(({ title, x }) => text(x, top - 12, title, "soft")),
    ...edges.toSorted((a, b) => Number(a.leads) - Number(b.leads)).map(edgePath),
    ...boxes.map((box) => drawBox(box, stops)),
    ...below.parts,
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}

const cutTo = (content: string, limit: number) => shortLabels([], limit)(content);

/** What stands below the boxes, line by line. */
function createColumn(start: number) {
  const parts: string[] = [];
  let y = start;
  return {
    parts,
    get y() {
      return y;
    },
    gap: (pixels: number) => {
      y += pixels;
      return y;
    },
    text: (content: string, kind: string, x = margin) => {
      parts.push(text(x, y, content, kind));
      y += lineHeight;
    },
    part: (part: string) => void parts.push(part),
  };
}

type Column = ReturnType<typeof createColumn>;
const wayIndent = margin + 112;

/** Where permissions lead, step by step, each with the number that stands at its permission. */
function drawWays(ways: readonly Way[], omitted: number, column: Column): void {
  if (ways.length === 0) return;
  column.gap(8);
  column.text("where it leads", "soft");
  const width = Math.floor((pictureWidth - margin - wayIndent) / characterWidth);
  const shorten = shortLabels(
    ways.map(({ text: way }) => way),
    width * maxWayLines - maxWayLines * 2,
  );
  for (const { number, severity, text: way } of ways) {
    const y = column.gap(4);
    column.part(numberMark(margin + 24, y - 4, String(number)));
    column.part(badge(margin + 28, y, severity));
    for (const line of wrapLabel(shorten(way), width, maxWayLines)) column.text(line, "way", wayIndent);
  }
  if (omitted > 0) column.text(`and ${omitted} more ways, which the JSON report has`, "soft");
}

const tones: Readonly<Record<Tone, string>> = { gained: "+ gained", lost: "- lost", kept: "= there already" };

/** What colours, lines and marks mean, of those that are used. */
function legendOf(chains: readonly Chain[], y: number): string[] {
  if (chains.length === 0) return [];
  const used = (["gained", "lost", "kept"] as const).filter((tone) => chains.some((chain) => chain.tone === tone));
  const entries = used.map((tone) => ({ className: `edge ${tone}`, label: tones[tone] }));
  if (chains.some(({ ways }) => ways.length > 0))
    entries.push({ className: "edge leads", label: "leads on, see its number" });
  let x: number = margin;
  return entries.flatMap(({ className, label }) => {
    const line = `<path class="${className}" d="M${x} ${y - 4} H${x + 26}"/>`;
    const told = text(x + 34, y, label, "soft");
    x += 34 + Math.ceil(label.length * characterWidth) + 22;
    return [line, told];
  });
}

/** The picture as a page that needs nothing else, with all that the picture has no room for. */
export function toHtml(report: Report, options: GraphOptions = {}): string {
  const { omitted } = chainsOf(report);
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>RBAC: ${escapeMarkup(report.verdict.text)}</title>`,
    "<style>:root { color-scheme: light dark } body { margin: 1rem; font-family: system-ui, sans-serif; overflow-wrap: anywhere } .wide { overflow-x: auto } svg { max-width: 100%; min-width: 50rem; height: auto } dt { font-weight: bold }</style>",
    '</head><body><main><div class="wide" tabindex="0" role="region" aria-label="Picture of the permissions">',
    (omitted.length > 0 ? picture(report, "listed below") : toSvg(report, options)).trimEnd(),
    "</div>",
    "<dl>",
    ...shownFindings(report).flatMap((finding) => {
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
    "</main></body></html>",
    "",
  ].join("\n");
}

function restTable(omitted: readonly Chain[]): string[] {
  if (omitted.length === 0) return [];
  const head = ["change", ...columnTitles].map((title) => `<th>${title}</th>`).join("");
  const rows = omitted.map(({ labels, tone }) => {
    const cells = [tone, ...labels.map(({ caption, label: name }) => `${caption} ${name}`)];
    return `<tr>${cells.map((cell) => `<td>${escapeMarkup(cell)}</td>`).join("")}</tr>`;
  });
  return ["<h2>Not in the picture</h2>", `<table><tr>${head}</tr>`, ...rows, "</table>"];
}

/** Only an address that leads to a page is made a link. */
const moreAt = (source: string) =>
  source.startsWith("https://") ? `<a href="${escapeMarkup(source)}">More</a>` : escapeMarkup(source);

const middle = ({ y, height }: Box) => y + height / 2;

function edgePath({ from, to, tone, leads }: Edge): string {
  const [x1, x2] = [columns[from.column].x + columns[from.column].width, columns[to.column].x];
  const [y1, y2] = [middle(from), middle(to)];
  const bend = (x1 + x2) / 2;
  return `<path class="edge ${tone}${leads ? " leads" : ""}" d="M${x1} ${y1} C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}"/>`;
}

function drawBox(box: Box, stops: ReadonlySet<string>): string {
  const { x, width } = columns[box.column];
  const leads = box.chains.some(({ ways }) => ways.length > 0) || (box.column === 0 && stops.has(box.title));
  const isBad = box.column === 2 && box.chains.some(isRisky);
  const classes = ["node", ...(isBad ? ["risky"] : []), ...(leads ? ["led"] : [])].join(" ");
  let y = box.y + 8 + lineHeight - 5;
  const rows = box.rows.flatMap((row) => {
    const drawn = drawRow(row, x + 8, x + width, y);
    y += row.lines.length * lineHeight;
    return drawn;
  });
  return [
    `<g><title>${escapeMarkup(box.title)}</title>`,
    `<rect class="${classes}" x="${x}" y="${box.y}" width="${width}" height="${box.height}" rx="5"/>`,
    ...rows,
    "</g>",
  ].join("");
}

const signs: Readonly<Record<Tone, string>> = { gained: "+", lost: "-", kept: "=" };

function drawRow({ kind, lines, chain }: Row, x: number, end: number, y: number): string[] {
  if (chain === undefined) return lines.map((line, index) => text(x, y + index * lineHeight, line, kind));
  const { severity, ways, tone } = chain;
  return [
    text(x, y, signs[tone], `sign ${tone}`),
    ...lines.map((line, index) => text(x + 16, y + index * lineHeight, line, "power")),
    ...(severity === undefined ? [] : [badge(end - 74, y, severity)]),
    ...(ways.length === 0 ? [] : [numberMark(end - 78, y - 4, marksOf(ways))]),
  ];
}

/** A word on a ground of its own: it is read also where its colour is not seen. */
function badge(x: number, y: number, severity: Severity): string {
  return `<rect class="badge ${severity}" x="${x}" y="${y - 12}" width="68" height="15" rx="7"/><text class="badge-text" x="${x + 34}" y="${y}" text-anchor="middle">${severity}</text>`;
}

/** More numbers than these would stand on the text. */
const marksOf = (ways: readonly number[]) => (ways.length > 2 ? `${ways[0]}…` : ways.join(","));

/** @param end where it ends */
function numberMark(end: number, y: number, numbers: string): string {
  const width = 10 + Math.ceil(numbers.length * characterWidth);
  const [x, middleOfMark] = [end - width, end - width / 2];
  return `<rect class="mark" x="${x}" y="${y - 8}" width="${width}" height="16" rx="8"/><text class="mark-text" x="${middleOfMark}" y="${y + 4}" text-anchor="middle">${numbers}</text>`;
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${x}" y="${y}">${escapeMarkup(content)}</text>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeMarkup(value: string): string {
  return cleanLine(value).replace(/[&<>"]/g, (character) => entities[character] ?? "");
}
