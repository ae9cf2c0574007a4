import { type Event, parseEvents, YAMLException } from "js-yaml";

/** How many characters are read again at most, for all lines of a document that have to be indented. */
const maxWork = 30_000_000;
/** From so many lines on, all that begin with a closing bracket are indented at once, those of block texts included. */
const manyRepairs = 50;

/**
 * Parses YAML in which lines of `[...]`, `{...}` and quoted texts may begin anywhere, as YAML 1.1 allows and many people
 * write: a closing bracket stands below the key. The parser insists on deeper lines, so these are indented for it, which
 * changes no value: white space at their beginning does not count.
 *
 * @returns the events with the text that they refer to
 * @throws YAMLException
 */
export function parseLeniently(source: string, maxDepth: number): { events: Event[]; text: string } {
  let text = source;
  const indentation = " ".repeat(deepest(source));
  let work = 0;
  for (let repairs = 1; ; repairs += 1) {
    try {
      return { events: parseEvents(text, { maxDepth }), text };
    } catch (error) {
      const position = tooFarLeft(error);
      work += text.length;
      if (position === undefined || work > maxWork) throw error;
      text =
        repairs === manyRepairs ? text.replace(/^(?= *[\]}])/gm, indentation) : repair(text, position, indentation);
    }
  }
}

/** Indents the line of a position, or makes a space of a tab in it: neither is part of a value there. */
function repair(text: string, position: number, indentation: string): string {
  const start = Math.max(text.lastIndexOf("\n", position - 1), text.lastIndexOf("\r", position - 1)) + 1;
  const before = text.slice(start, position);
  const gap = before.replace(/[ \t]+$/, "").length;
  const tab = before.indexOf("\t", gap) < 0 ? before.indexOf("\t") : before.indexOf("\t", gap);
  if (tab < 0) return `${text.slice(0, start)}${indentation}${text.slice(start)}`;
  return `${text.slice(0, start + tab)} ${text.slice(start + tab + 1)}`;
}

function tooFarLeft(error: unknown): number | undefined {
  if (!(error instanceof YAMLException) || error.reason !== "deficient indentation") return undefined;
  return error.mark?.position;
}

/** Deeper than any line that is part of the structure. */
function deepest(text: string): number {
  let spaces = 0;
  for (const [indentation] of text.matchAll(/^[ ?-]*/gm)) spaces = Math.max(spaces, indentation.length);
  return spaces + 1;
}
