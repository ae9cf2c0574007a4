import { parseJson } from "#base";

/** A part of a file that kubectl reads by itself: a JSON value, or the text of a YAML document. */
export type Part =
  | { readonly kind: "json"; readonly content: unknown }
  | { readonly kind: "yaml"; readonly text: string; readonly line: number };

/** Deeper JSON is no manifest, and the recursion of whoever walks through it has an end. */
export const maxJsonDepth = 1000;

/**
 * Splits a file where kubectl does, which is neither where JSON nor where YAML says: a text that begins with `{` is a
 * series of JSON values as long as it reads so, the rest is cut at lines of `---` alone, wherever they stand.
 *
 * @throws JsonTooDeep
 */
export function splitText(text: string): Part[] {
  const parts: Part[] = [];
  let position = skipSpace(text, 0);
  if (text[position] !== "{") return yamlParts(text, 0);
  for (; position < text.length; position = skipSpace(text, position)) {
    const end = endOfJson(text, position);
    const content = end === undefined ? undefined : parseJson(text.slice(position, end));
    if (end === undefined || content === undefined) return [...parts, ...yamlParts(text, position)];
    parts.push({ kind: "json", content });
    position = end;
  }
  return parts;
}

/** JSON is nested more than {@link maxJsonDepth} deep. */
export class JsonTooDeep extends Error {}

const space = /[^\s\u0085]/g;

function skipSpace(text: string, from: number): number {
  space.lastIndex = from;
  return space.exec(text)?.index ?? text.length;
}

/** Where the object or list that begins here ends, if it does. Strings are left alone: brackets in them are none. */
function endOfJson(text: string, start: number): number | undefined {
  const token = /["{}[\]]/g;
  token.lastIndex = start;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const character = match[0];
    if (character === '"') {
      const end = endOfString(text, match.index);
      if (end === undefined) return undefined;
      token.lastIndex = end;
    } else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > maxJsonDepth) throw new JsonTooDeep();
    } else {
      depth -= 1;
      if (depth <= 0) return match.index + 1;
    }
    // A value that is no object or list, such as a number between two objects.
    if (depth === 0) return undefined;
  }
  return undefined;
}

function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; ; at += 1) {
    const end = text.indexOf('"', at);
    if (end < 0) return undefined;
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
    at = end;
  }
}

function yamlParts(text: string, from: number): Part[] {
  const parts: Part[] = [];
  let start = from;
  let line = 1 + countBreaks(text, 0, from);
  let marker = text.startsWith("---", from) ? from : nextMarker(text, from);
  while (marker >= 0) {
    const breakAt = text.indexOf("\n", marker);
    const end = breakAt < 0 ? text.length : breakAt + 1;
    if (isSeparator(text.slice(marker + 3, end))) {
      parts.push({ kind: "yaml", text: text.slice(start, marker), line });
      line += countBreaks(text, start, end);
      start = end;
    }
    marker = text.startsWith("---", end) ? end : nextMarker(text, end);
  }
  parts.push({ kind: "yaml", text: text.slice(start), line });
  return parts;
}

function nextMarker(text: string, from: number): number {
  const found = text.indexOf("\n---", from);
  return found < 0 ? -1 : found + 1;
}

/** What follows may be a comment, even without a space before it. */
const isSeparator = (rest: string) => /^[\s\u0085]*(#|$)/.test(rest);

function countBreaks(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
