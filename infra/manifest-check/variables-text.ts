import { parseEnv } from "node:util";
import { withoutByteOrderMark } from "#base";

/** What a `.env` says, and what of it nobody will see. */
export interface Variables {
  readonly values: ReadonlyMap<string, string>;
  readonly notes: readonly VariablesNote[];
}

/** A line of a `.env` that does not do what it seems to. Quotes no line: it may be a part of a key. */
export interface VariablesNote {
  /** Counted from 1. */
  readonly line: number;
  /** Reads on from the line. */
  readonly message: string;
  readonly remedy: string;
}

/** As many lines as somebody reads; of the others, the number is told. */
const mostNotes = 20;
const name = /^[A-Za-z_]\w*$/;

/**
 * Reads a `.env` as Node does, whose reader passes over in silence what it does not understand. Unlike there, a comment may
 * be indented wherever it stands.
 */
export function readVariables(text: string): Variables {
  const lines = linesOf(text);
  const values = new Map<string, string>();
  const notes: VariablesNote[] = [];
  const lineOf = new Map<string, number>();
  for (const entry of entriesIn(lines)) {
    notes.push(...notesOf(entry));
    if (entry.name === undefined) continue;
    const before = lineOf.get(entry.name);
    if (before !== undefined) notes.push(repeated(entry, before));
    lineOf.set(entry.name, entry.line);
    // At the end of a text, the reader would drop spaces of the value.
    const read = parseEnv(`${lines.slice(entry.line - 1, entry.to).join("\n")}\n#`);
    for (const [key, value = ""] of Object.entries(read)) values.set(key, value);
  }
  return { values, notes: atMost(notes) };
}

/** Without what is no part of any line. */
function linesOf(text: string): readonly string[] {
  return withoutByteOrderMark(text)
    .replaceAll("\r", "")
    .replace(/[ \t\n]+$/, "")
    .split("\n");
}

/** What the reader takes at once, from one line or several. */
interface VariablesEntry {
  readonly line: number;
  /** The text before the first `=`; undefined where there is none. */
  readonly name: string | undefined;
  /** Line in which the value begins, and the last one that it takes. */
  readonly from: number;
  readonly to: number;
  /** Whether something is written behind the quote that ends the value. */
  readonly hasRest: boolean;
}

/** The parts of a `.env` that are neither empty nor comments, as Node's reader takes them. */
function entriesIn(lines: readonly string[]): readonly VariablesEntry[] {
  const entries: VariablesEntry[] = [];
  for (let index = 0; index < lines.length; ) {
    const entry = entryAt(lines, index);
    if (entry !== undefined) entries.push(entry);
    index = entry?.to ?? index + 1;
  }
  return entries;
}

function entryAt(lines: readonly string[], index: number): VariablesEntry | undefined {
  // Of a name that is missing, the reader drops the `=` and begins anew.
  const whole = (lines[index] ?? "").replace(/^(?:[ \t]*=)*[ \t]*/, "");
  const here = index + 1;
  const none = { line: here, name: undefined, from: here, to: here, hasRest: false };
  if (whole === "" || whole.startsWith("#")) return trim(lines[index] ?? "").startsWith("=") ? none : undefined;
  const equals = whole.indexOf("=");
  if (equals < 0) return none;
  const rest = whole.slice(equals + 1);
  const before = trim(whole.slice(0, equals));
  // Where nothing is behind it, `export` is a part of the name.
  const key = rest === "" ? before : trim(before.replace(/^export /, ""));
  // Nothing at all is an empty value; behind spaces, the reader goes on to what comes next, in whichever line.
  const next = rest === "" || trim(rest) !== "" ? index : indexAfter(lines, index, (one) => trim(one) !== "");
  const from = next < 0 ? index : next;
  const value = from === index ? trim(rest) : trim(lines[from] ?? "");
  // A comment there is none of the value, which is then as empty as it looks.
  const begins = value.startsWith("#") ? index : from;
  return { line: here, name: key, from: begins + 1, ...endOf(value, lines, from) };
}

/** Where a value ends: in its line, or at the quote that it began with, in whichever line that is. */
function endOf(value: string, lines: readonly string[], from: number): Pick<VariablesEntry, "to" | "hasRest"> {
  const quote = value[0] ?? "";
  const inOwnLine = { to: from + 1, hasRest: false };
  if (!`"'\``.includes(quote) || quote === "") return inOwnLine;
  const behind = (line: string, at: number) => !/^(?:#.*)?$/.test(trim(line.slice(at + 1)));
  const closing = value.indexOf(quote, 1);
  if (closing >= 0) return { to: from + 1, hasRest: behind(value, closing) };
  const last = indexAfter(lines, from, (line) => line.includes(quote));
  if (last < 0) return inOwnLine;
  const line = lines[last] ?? "";
  return { to: last + 1, hasRest: behind(line, line.indexOf(quote)) };
}

function indexAfter(lines: readonly string[], index: number, is: (line: string) => boolean): number {
  for (let at = index + 1; at < lines.length; at++) if (is(lines[at] ?? "")) return at;
  return -1;
}

/** What Node's reader takes for spaces. */
function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

function notesOf({ line, name: key, from, hasRest, to }: VariablesEntry): readonly VariablesNote[] {
  if (key === undefined) return [{ line, message: "is no NAME=value, and is passed over", remedy: formRemedy }];
  const notes: VariablesNote[] = [];
  if (!name.test(key)) {
    notes.push({ line, message: "has before `=` no name that a placeholder can have", remedy: formRemedy });
  }
  if (from !== line) {
    notes.push({
      line,
      message: `ends with spaces behind \`=\`, and takes line ${from} for its value`,
      remedy: "Remove the spaces for an empty value, which this line alone then says.",
    });
  }
  if (hasRest) {
    notes.push({
      line: to,
      message: "goes on behind the quote that ends its value, and that is passed over",
      remedy: "Write one NAME=value a line; a value with such a quote in it stands in others: \", ' or `.",
    });
  }
  return notes;
}

const formRemedy = "Write NAME=value, the name of letters, digits and `_`; `#` begins a comment.";

function repeated({ line, name: key = "" }: VariablesEntry, before: number): VariablesNote {
  const which = name.test(key) ? key : "the same name";
  return { line, message: `sets ${which} again, after line ${before}; this line counts`, remedy: "Keep one of them." };
}

function atMost(notes: readonly VariablesNote[]): readonly VariablesNote[] {
  if (notes.length <= mostNotes) return notes;
  const [next, ...others] = notes.slice(mostNotes);
  if (next === undefined || others.length === 0) return notes;
  const message = `and ${others.length} more such lines do not do what they seem to`;
  return [...notes.slice(0, mostNotes), { line: next.line, message, remedy: next.remedy }];
}
