import type { Film, Run, ShownLine } from "./screen.ts";

const [cell, pitch, margin] = [{ width: 8.2, size: 13.6 }, 18, 14];
const [bar, ink, edge] = [30, "#e6edf3", "#3d444d"];
export const paper = "#0d1117";
/** The 16 colours, each readable on the paper. */
export const colours = [
  ...["#8b949e", "#ff7b72", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"],
  ...["#9ea7b3", "#ffa198", "#7ee787", "#f2cc60", "#a5d6ff", "#e2c5ff", "#76e3ea", "#ffffff"],
];
const style = [
  `text{font:${cell.size}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${ink};white-space:pre}`,
  ...colours.map((colour, index) => `.c${index}{fill:${colour}}`),
  ".b{font-weight:600}.d{opacity:.75}",
  // What stays is there without animation too; what does not is never seen then.
  ".f{animation:f .01s both}@keyframes f{from{visibility:hidden}to{visibility:visible}}",
  ".t{visibility:hidden;animation:t 1s}@keyframes t{from,to{visibility:visible}}",
  "@media(prefers-reduced-motion:reduce){.f,.t,.s{animation:none}}",
];

/** The picture of a terminal: it plays once, and its last frame stays. On light and dark pages it brings its own ground. */
export function recordingSvg(film: Film): string {
  const { columns, rows, title, lines } = film;
  const width = Math.round(columns * cell.width + 2 * margin);
  const screen = { top: bar, height: rows * pitch + margin };
  const height = screen.top + screen.height;
  const scroll = scrollOf(film);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${[...style, scroll.style].join("")}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="${paper}" stroke="${edge}"/>`,
    ...[0, 1, 2].map((dot) => `<circle cx="${18 + dot * 16}" cy="15" r="5" fill="${edge}"/>`),
    `<svg y="${screen.top}" width="${width}" height="${screen.height - margin / 2}" aria-hidden="true"><g class="s" transform="translate(${margin} ${scroll.last})">`,
    ...lines.map(lineOf),
    "</g></svg>",
    "</svg>",
    "",
  ].join("\n");
}

function lineOf({ line, from, until, runs }: ShownLine): string {
  const y = round((line + 0.78) * pitch);
  const [begin, end] = [round(from), until === undefined ? undefined : round(until)];
  const lasting = end === undefined ? "" : `;animation-duration:${Math.max(round(end - begin), 0.01)}s`;
  const shown = `class="${end === undefined ? "f" : "t"}" style="animation-delay:${begin}s${lasting}"`;
  return `<text y="${y}" ${shown}>${runs.map(runOf).join("")}</text>`;
}

function runOf({ column, text, style: { colour, isBold, isDim } }: Run): string {
  const classes = [colour === undefined ? "" : `c${colour}`, isBold ? "b" : "", isDim ? "d" : ""].filter(Boolean);
  const look = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  return `<tspan x="${round(column * cell.width)}"${look}>${escaped(text)}</tspan>`;
}

function scrollOf({ scrolls, lines }: Film): { readonly style: string; readonly last: number } {
  const yOf = (first: number) => -first * pitch;
  const last = yOf(scrolls.at(-1)?.first ?? 0);
  if (scrolls.length < 2) return { style: "", last };
  const duration = Math.max(...lines.map(({ from, until = from }) => until), ...scrolls.map(({ time }) => time)) + 0.1;
  const steps = scrolls.map(({ time, first }) => {
    const share = round((100 * time) / duration);
    return `${share}%{transform:translate(${margin}px,${yOf(first)}px)}`;
  });
  return { style: `.s{animation:s ${round(duration)}s step-end}@keyframes s{${steps.join("")}}`, last };
}

const round = (value: number) => Number(value.toFixed(2));
const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one] ?? one);
