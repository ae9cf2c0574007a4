import type { Finder, Range } from "./ranges.ts";

const time = /(?:\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:Z|[+-]\d\d:\d\d) )?/y;
const ofToken = /[\w.~+/=%-]/;
const ahead = /[\w.~+/=%-]{0,4096}/y;
/** Characters of each part that are looked at. A longer part shows by itself what it is. */
const longest = 128;
/** What is shorter as a whole is no token, but the end of one message and the beginning of the next. */
const leastWhole = 16;
const leastPart = 1;

/** A plain word. No token ends in one, and a token's prefix such as `npm_` is not secret by itself. */
const word = /^(?:[A-Za-z]?[a-z]*|[a-z]*(?:[A-Z][a-z]{3,})+)[.:]?$/;
/** Words without any of these are no token, whatever they are joined to. */
const partOfToken = /[\d=_.~%+-]/;

interface Seam {
  /** Where the two parts are in the text. */
  readonly before: Range;
  readonly after: Range;
}

/** Finds what is secret by its form, and what is so by the name before it. */
export interface Finders {
  readonly byForm: Finder;
  readonly byName: Finder;
}

/**
 * What is secret only when the end of one line and the beginning of the next one are read as one: a token that was cut by
 * a line's end. A named value counts only if it begins on the next line: once it has begun, nobody can tell whether the
 * next line continues it.
 */
export function linesBroken(text: string, { byForm, byName }: Finders): Range[] {
  const seams = seamsOf(text);
  if (seams.length === 0) return [];
  let joined = "";
  const starts = seams.map(({ before, after }) => {
    const start = joined.length;
    joined += `${text.slice(...before)}${text.slice(after[0], Math.min(after[1], after[0] + longest))}\n`;
    return start;
  });
  const found: Range[] = [];
  let at = 0;
  const candidates = [
    ...[...byForm(joined)].map(([from, to]) => ({ from, to, isNamed: false })),
    ...[...byName(joined)].map(([from, to]) => ({ from, to, isNamed: true })),
  ].sort((a, b) => a.from - b.from);
  for (const { from, to, isNamed } of candidates) {
    while ((starts[at + 1] ?? Number.POSITIVE_INFINITY) <= from) at += 1;
    const seam = seams[at];
    if (seam === undefined) break;
    const start = starts[at] ?? 0;
    const middle = start + seam.before[1] - seam.before[0];
    if (from > middle || to <= middle || (from === middle) !== isNamed) continue;
    if (!word.test(text.slice(...seam.before))) found.push([seam.before[0] + from - start, seam.before[1]]);
    const length = to - middle;
    found.push([seam.after[0], length >= longest ? seam.after[1] : Math.min(seam.after[0] + length, seam.after[1])]);
  }
  return found;
}

function seamsOf(text: string): Seam[] {
  const seams: Seam[] = [];
  for (let feed = text.indexOf("\n"); feed >= 0; feed = text.indexOf("\n", feed + 1)) {
    const end = text[feed - 1] === "\r" ? feed - 1 : feed;
    let start = end;
    while (start > 0 && end - start < longest && ofToken.test(text.charAt(start - 1))) start -= 1;
    if (end - start < leastPart) continue;
    const next = stickyEnd(time, text, feed + 1);
    const after: Range = [next, stickyEnd(ahead, text, next)];
    const length = after[1] - after[0];
    if (length < leastPart || end - start + length < leastWhole) continue;
    const ending = text.slice(after[0], Math.min(after[1], after[0] + longest));
    if (word.test(ending) || !partOfToken.test(text.slice(start, end) + ending)) continue;
    seams.push({ before: [start, end], after });
  }
  return seams;
}

function stickyEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
