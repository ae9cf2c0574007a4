import headless from "@xterm/headless";
import type { Cast } from "./cast.ts";

/** Text of one look. */
export interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: Style;
}

export interface Style {
  /** One of the 16 colours of a terminal, by its number. */
  readonly colour?: number;
  readonly isBold?: boolean;
  readonly isDim?: boolean;
}

/** A line of the terminal while it says one thing. Lines are counted from the first that was printed. */
export interface ShownLine {
  readonly line: number;
  readonly from: number;
  /** Absent where it stays to the end. */
  readonly until?: number;
  readonly runs: readonly Run[];
}

/** What a terminal shows over time. */
export interface Film {
  readonly columns: number;
  readonly rows: number;
  readonly title: string;
  readonly lines: readonly ShownLine[];
  /** Which line is the first on the screen, from when on. */
  readonly scrolls: readonly { readonly time: number; readonly first: number }[];
}

/** Faster than this nobody reads. */
const frame = 0.25;

/** Plays a cast in a terminal that nobody sees. */
export async function play(cast: Cast): Promise<Film> {
  const { columns, rows, title, output } = cast;
  const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const open = new Map<number, { readonly from: number; readonly key: string; readonly runs: readonly Run[] }>();
  const lines: ShownLine[] = [];
  const scrolls: { readonly time: number; readonly first: number }[] = [];
  const look = (time: number) => {
    const { baseY } = terminal.buffer.active;
    if (scrolls.at(-1)?.first !== baseY) scrolls.push({ time, first: baseY });
    for (let line = 0; line < baseY + rows; line += 1) {
      const runs = runsOf(terminal, line, columns);
      const key = JSON.stringify(runs);
      const before = open.get(line);
      if (before?.key === key) continue;
      if (before !== undefined) lines.push({ line, from: before.from, until: time, runs: before.runs });
      open.set(line, { from: time, key, runs });
    }
  };
  let next = 0;
  for (const [index, { time, text }] of output.entries()) {
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    const following = output[index + 1]?.time ?? Number.POSITIVE_INFINITY;
    if (following < next) continue;
    look(time);
    next = time + frame;
  }
  terminal.dispose();
  const staying = [...open].map(([line, { from, runs }]) => ({ line, from, runs }));
  return { columns, rows, title, scrolls, lines: [...lines, ...staying].filter(({ runs }) => runs.length > 0) };
}

function runsOf(terminal: InstanceType<typeof headless.Terminal>, y: number, columns: number): readonly Run[] {
  const line = terminal.buffer.active.getLine(y);
  const runs: { column: number; text: string; style: Style }[] = [];
  for (let x = 0; x < columns; x += 1) {
    const cell = line?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style: Style = {
      ...(cell.isFgPalette() && cell.getFgColor() < 16 ? { colour: cell.getFgColor() } : {}),
      ...(cell.isBold() !== 0 ? { isBold: true } : {}),
      ...(cell.isDim() !== 0 ? { isDim: true } : {}),
    };
    const text = cell.getChars() || " ";
    const last = runs.at(-1);
    if (last !== undefined && JSON.stringify(last.style) === JSON.stringify(style)) last.text += text;
    else runs.push({ column: x, text, style });
  }
  return runs.flatMap(words);
}

/** Without the blanks between columns of a table: each column then begins where it does, whatever the font. */
function words({ column, text, style }: Run): readonly Run[] {
  return [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ column: column + match.index, text: match[0], style }));
}
