import { isJsonObject } from "#base";

/** A part of a text: what stands there now, and what was written for it. Both are the same where nothing was put in. */
export interface Piece {
  readonly text: string;
  readonly written: string;
}

/** A text of a template into which something was put for its placeholders. */
export class FilledText {
  readonly pieces: readonly Piece[];
  readonly text: string;
  readonly written: string;

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces;
    this.text = pieces.map(({ text }) => text).join("");
    this.written = pieces.map(({ written }) => written).join("");
  }

  /** What was written for a part of the text; undefined where it is none. A placeholder that it touches stands there whole. */
  writtenFor(part: string): string | undefined {
    const start = indexIn(this.text, part);
    return start < 0 ? undefined : this.#slice(start, start + part.length).written;
  }

  /** The parts between separators, those into which something was put. */
  split(separator: string): readonly FilledText[] {
    let start = 0;
    const parts = this.text.split(separator).map((part) => {
      const slice = this.#slice(start, start + part.length);
      start += part.length + separator.length;
      return slice;
    });
    return parts.filter(({ placeholders }) => placeholders.length > 0);
  }

  #slice(start: number, end: number): FilledText {
    const pieces: Piece[] = [];
    let at = 0;
    for (const { text, written } of this.pieces) {
      const part = text.slice(Math.max(start - at, 0), Math.max(end - at, 0));
      if (part !== "") pieces.push({ text: part, written: text === written ? part : written });
      at += text.length;
    }
    return new FilledText(pieces);
  }

  /** The placeholders alone. */
  get placeholders(): readonly string[] {
    return this.pieces.filter(({ text, written }) => text !== written).map(({ written }) => written);
  }
}

/** Parsers take some texts in small letters, and some in capitals. */
function indexIn(text: string, part: string): number {
  const exact = text.indexOf(part);
  if (exact >= 0) return exact;
  // Where small letters are more or fewer than the capitals, places would not be the same.
  const [low, lowPart] = [text.toLowerCase(), part.toLowerCase()];
  return low.length === text.length && lowPart.length === part.length ? low.indexOf(lowPart) : -1;
}

/**
 * Every text in a value, keys and the digits of numbers as well.
 *
 * @param of the texts that a text which is no key stands for; default: itself
 */
export function textsIn(value: unknown, of = (text: string): readonly string[] => [text]): readonly string[] {
  if (typeof value === "string") return of(value);
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, of));
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, item]) => [key, ...textsIn(item, of)]);
  return value === undefined || value === null || typeof value === "boolean" ? [] : [JSON.stringify(value)];
}
