/** Boxes, boundaries and arrows as SVG: text stays text, and colours follow the reader's light or dark page. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly lines?: readonly string[];
  /** What it is to a reader: who holds secrets stands out. */
  readonly kind?: "plain" | "secret" | "outside";
}

/** Something that is trusted as a whole: what crosses its edge has to prove itself. */
export type Boundary = Omit<Box, "lines" | "kind">;

export interface Arrow {
  /** Corners, from the beginning to the tip. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Number that the text beside the picture explains. */
  readonly number: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** What the picture says, for who does not see it. */
  readonly description: string;
  readonly boundaries: readonly Boundary[];
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

const lineHeight = 15;
const padding = 12;
/** Of a character of 11 px in any widespread font without serifs; digits and capitals are wider than most. */
const characterWidth = 5.9;

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Breaks a text between words; what follows the first line is indented. */
export function wrap(text: string, width: number): readonly string[] {
  const most = Math.floor((width - 2 * padding) / characterWidth);
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `\u2003${word}`);
  }
  return lines;
}

/** @throws where a box is too small for what it says, so that no picture is made that cannot be read */
export function svgOf(picture: Picture): string {
  const { width, height, title, description, boundaries, boxes, arrows } = picture;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    style,
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...boundaries.map(boundary),
    ...boxes.map(box),
    ...arrows.map(arrow),
    "</svg>",
  ].join("\n")}\n`;
}

const style = `<style>
svg { color-scheme: light dark }
text { font: 11px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 13px; font-weight: 600 }
.page { fill: #ffffff }
.boundary { fill: none; stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 6 4 }
.boundary-title { fill: #59636e; font-weight: 600 }
.plain { fill: #f6f8fa; stroke: #818b98 }
.secret { fill: #fff8c5; stroke: #9a6700 }
.outside { fill: #ddf4ff; stroke: #0969da }
.arrow { fill: none; stroke: #1f2328; stroke-width: 1.5 }
.tip { fill: #1f2328 }
.number { fill: #1f2328 }
.digit { fill: #ffffff; font-weight: 600; text-anchor: middle }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.page { fill: #0d1117 }
.boundary { stroke: #9198a1 }
.boundary-title { fill: #9198a1 }
.plain { fill: #151b23; stroke: #656c76 }
.secret { fill: #2e2a1f; stroke: #d29922 }
.outside { fill: #121d2f; stroke: #4493f8 }
.arrow { stroke: #f0f6fc }
.tip, .number { fill: #f0f6fc }
.digit { fill: #0d1117 }
}
</style>`;

function boundary({ x, y, width, height, title }: Boundary): string {
  return `<g><rect class="boundary" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/><text class="boundary-title" x="${x + padding}" y="${y + 18}">${escaped(title)}</text></g>`;
}

function box({ x, y, width, height, title, lines = [], kind = "plain" }: Box): string {
  const broken = lines.flatMap((line) => (line === "" ? [""] : wrap(line, width)));
  const most = Math.floor((height - 30) / lineHeight);
  if (broken.length > most) throw new Error(`box ${title} holds ${most} lines of ${broken.length}`);
  const texts = broken.map((line, index) =>
    line === "" ? "" : `<text x="${x + padding}" y="${y + 38 + index * lineHeight}">${escaped(line)}</text>`,
  );
  return `<g><rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/><text class="title" x="${x + padding}" y="${y + 20}">${escaped(title)}</text>${texts.join("")}</g>`;
}

function arrow({ points, number }: Arrow): string {
  const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  const [x, y] = middleOf(points);
  return `<g><path class="arrow" d="${path}" marker-end="url(#tip)"/><circle class="number" cx="${x}" cy="${y}" r="9"/><text class="digit" x="${x}" y="${y + 4}">${number}</text></g>`;
}

/** Of its longest part: there is most room. */
function middleOf(points: Arrow["points"]): readonly [number, number] {
  const parts = points.slice(1).map((to, index) => [points[index] ?? to, to] as const);
  const length = ([[a, b], [c, d]]: (typeof parts)[number]) => Math.hypot(c - a, d - b);
  const [longest] = parts.toSorted((one, other) => length(other) - length(one));
  if (longest === undefined) throw new Error("an arrow has two ends");
  const [[a, b], [c, d]] = longest;
  return [(a + c) / 2, (b + d) / 2];
}
