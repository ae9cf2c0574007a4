/** Part of a text: from the first index up to, but not including, the second. */
export type Range = readonly [start: number, end: number];

/** Finds what is secret in a text. */
export type Finder = (text: string) => Iterable<Range>;

export const redacted = "[redacted]";

/** The ranges in their order, those that touch or overlap as one. */
export function mergeRanges(ranges: Iterable<Range>): Range[] {
  const merged: [number, number][] = [];
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (end > start) merged.push([start, end]);
  }
  return merged;
}

/** The text with `[redacted]` in the place of each range. */
export function replaceRanges(text: string, ranges: Iterable<Range>): string {
  let result = "";
  let at = 0;
  for (const [start, end] of mergeRanges(ranges)) {
    result += text.slice(at, start) + redacted;
    at = end;
  }
  return at === 0 ? text : result + text.slice(at);
}
