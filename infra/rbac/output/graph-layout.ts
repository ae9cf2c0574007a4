import { worse } from "../risk/severity.ts";
import type { Chain, Label, Tone } from "./graph-chains.ts";
import { shortLabels } from "./short-labels.ts";
import { wrapLabel, wrapName } from "./wrap-label.ts";

/** The picture is as wide as a column of GitHub or a little wider: there it is shown at its size, and its text is readable. */
export const pictureWidth = 960;
export const margin = 20;
export const lineHeight = 17;
/** Advance of a character of the font below, in pixels: that of DejaVu Sans Mono and Menlo at 13 px. */
export const characterWidth = 7.83;
const padding = 8;
const boxGap = 10;
const maxLines = 3;
const badgeWidth = 74;
/** For the numbers of ways. */
const marksWidth = 42;
const signWidth = 16;

export const columns = [
  { title: "who", x: 20, width: 222 },
  { title: "through", x: 272, width: 258 },
  { title: "may", x: 560, width: 380 },
] as const;

/** A line of text in a box. */
export interface Row {
  readonly lines: readonly string[];
  readonly kind: "caption" | "name" | "power";
  /** Of a power. */
  readonly chain?: Chain;
}

export interface Box {
  readonly column: 0 | 1 | 2;
  readonly y: number;
  readonly height: number;
  readonly rows: readonly Row[];
  /** Its whole text, where the rows have no room for it. */
  readonly title: string;
  readonly chains: readonly Chain[];
}

export interface Edge {
  readonly from: Box;
  readonly to: Box;
  readonly tone: Tone;
  /** Whether it belongs to a way that is told below. */
  readonly leads: boolean;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  /** Where the boxes end. */
  readonly bottom: number;
}

/** Puts chains into three columns of boxes: subjects, bindings with their roles, and what those allow where. */
export function layOut(chains: readonly Chain[], top: number): Layout {
  const cut = cutter(chains);
  const powers = group(chains, ({ labels: [, binding, role, power] }) => [
    nameOf(binding),
    nameOf(role),
    power.caption,
  ]);
  const ways = group(chains, ({ labels: [, binding, role] }) => [nameOf(binding), nameOf(role)]);
  const subjects = group(chains, ({ labels: [subject] }) => [nameOf(subject)]);
  const right = stack(
    [...powers.values()].map((some) => powerBox(some, cut)),
    top,
  );
  const middle = besides(
    [...ways.values()].map((some) => wayBox(some, cut)),
    right,
    top,
  );
  const left = besides(
    [...subjects.values()].map((some) => subjectBox(some, cut)),
    middle,
    top,
  );
  const boxes = [...left, ...middle, ...right];
  return {
    boxes,
    edges: [...edgesBetween(left, middle), ...edgesBetween(middle, right)],
    bottom: Math.max(top, ...boxes.map(({ y, height }) => y + height)),
  };
}

type Draft = Omit<Box, "y">;
type Cut = Readonly<Record<"subject" | "name" | "power" | "scope", (text: string) => readonly string[]>>;

const nameOf = ({ caption, label }: Label) => `${caption} ${label}`;

function group(chains: readonly Chain[], keyOf: (chain: Chain) => readonly string[]) {
  return Map.groupBy(chains, (chain) => JSON.stringify(keyOf(chain)));
}

/** Texts that have no room are cut so that no two of a column look the same. */
function cutter(chains: readonly Chain[]): Cut {
  const of = (texts: readonly string[], room: number, lines: number, wrap = wrapLabel) => {
    const width = Math.floor(room / characterWidth);
    const short = shortLabels(texts, width * lines - lines);
    return (text: string) => wrap(short(text), width, lines);
  };
  const [who, through, may] = columns.map(({ width }) => width - 2 * padding) as [number, number, number];
  const labels = chains.map((chain) => chain.labels);
  const unique = (text: Label) => text.label;
  return {
    subject: of(
      labels.map(([subject]) => unique(subject)),
      who,
      maxLines,
      wrapName,
    ),
    name: of(
      labels.flatMap(([, binding, role]) => [unique(binding), unique(role)]),
      through,
      maxLines,
      wrapName,
    ),
    power: of(
      labels.map(([, , , power]) => power.label),
      may - badgeWidth - marksWidth - signWidth,
      maxLines,
    ),
    scope: of(
      labels.map(([, , , power]) => power.caption),
      may,
      1,
    ),
  };
}

function subjectBox(chains: readonly Chain[], cut: Cut): Draft {
  const [
    {
      labels: [subject],
    } = noChain,
  ] = chains;
  const rows: Row[] = [
    { kind: "caption", lines: [subject.caption] },
    { kind: "name", lines: cut.subject(subject.label) },
  ];
  return boxOf(0, rows, nameOf(subject), chains);
}

function wayBox(chains: readonly Chain[], cut: Cut): Draft {
  const [
    {
      labels: [, binding, role],
    } = noChain,
  ] = chains;
  const rows: Row[] = [
    { kind: "caption", lines: [binding.caption] },
    { kind: "name", lines: cut.name(binding.label) },
    { kind: "caption", lines: [role.caption] },
    { kind: "name", lines: cut.name(role.label) },
  ];
  return boxOf(1, rows, `${nameOf(binding)} -> ${nameOf(role)}`, chains);
}

function powerBox(chains: readonly Chain[], cut: Cut): Draft {
  const [
    {
      labels: [, , , power],
    } = noChain,
  ] = chains;
  // The same by two subjects is one line, as bad as the worse of them.
  const merged = new Map<string, Chain>();
  for (const chain of chains) {
    const key = `${chain.tone} ${chain.labels[3].label}`;
    const known = merged.get(key);
    const severity =
      known?.severity === undefined || chain.severity === undefined
        ? (known?.severity ?? chain.severity)
        : worse(known.severity, chain.severity);
    merged.set(key, { ...chain, severity, ways: [...new Set([...(known?.ways ?? []), ...chain.ways])] });
  }
  const rows: Row[] = [
    { kind: "caption", lines: cut.scope(power.caption) },
    ...[...merged.values()].map((chain): Row => ({ kind: "power", lines: cut.power(chain.labels[3].label), chain })),
  ];
  const title = [power.caption, ...[...merged.values()].map(({ labels }) => labels[3].label)].join("; ");
  return boxOf(2, rows, title, chains);
}

const nobody: Label = { caption: "", label: "" };
const noChain: Pick<Chain, "labels"> = { labels: [nobody, nobody, nobody, nobody] };

function boxOf(column: Box["column"], rows: readonly Row[], title: string, chains: readonly Chain[]): Draft {
  const lines = rows.reduce((sum, row) => sum + row.lines.length, 0);
  return { column, rows, title, chains, height: lines * lineHeight + 2 * padding };
}

/** One below the other. */
function stack(drafts: readonly Draft[], top: number): Box[] {
  let y = top;
  return drafts.map((draft) => {
    const box = { ...draft, y };
    y += draft.height + boxGap;
    return box;
  });
}

/** Each as near as it can be to the middle of what it leads to. */
function besides(drafts: readonly Draft[], next: readonly Box[], top: number): Box[] {
  const wanted = drafts.map((draft) => {
    const led = next.filter(({ chains }) => sharesChain(draft.chains, chains));
    const middle = led.reduce((sum, { y, height }) => sum + y + height / 2, 0) / Math.max(1, led.length);
    return { draft, y: middle - draft.height / 2 };
  });
  let free = top;
  return wanted
    .toSorted((a, b) => a.y - b.y)
    .map(({ draft, y }) => {
      const box = { ...draft, y: Math.round(Math.max(free, y)) };
      free = box.y + box.height + boxGap;
      return box;
    });
}

function sharesChain(some: readonly Chain[], others: readonly Chain[]): boolean {
  return some.some((chain) => others.includes(chain));
}

function edgesBetween(left: readonly Box[], right: readonly Box[]): Edge[] {
  return left.flatMap((from) =>
    right.flatMap((to) => {
      const shared = from.chains.filter((chain) => to.chains.includes(chain));
      const tones = [...new Set(shared.map(({ tone }) => tone))];
      return tones.map((tone) => ({
        from,
        to,
        tone,
        leads: shared.some((chain) => chain.tone === tone && chain.ways.length > 0),
      }));
    }),
  );
}
