/** Breaks lines in YAML 1.1, for kubectl and for every parser of it. */
const nextLine = "\u0085";
/** Breaks of YAML 1.1 as well. Unlike {@link nextLine} they stay in a text that they break. */
const separators = /[\u2028\u2029]/g;

/** Completes "a document ...". */
export const separatorInText =
  "holds U+2028 or U+2029 inside of a text, which kubectl keeps and others take for a break";

/** A source in which every line break that YAML 1.1 alone knows is one that all parsers know. */
export interface NormalLines {
  /** As long as the source. */
  readonly text: string;
  /** Whether the source has breaks that stay in a text that they break. */
  readonly hasSeparators: boolean;
  /** Whether one of them stands between two offsets. */
  hasSeparator(start: number, end: number): boolean;
}

export function normalizeLines(source: string): NormalLines {
  const original = source.replaceAll(nextLine, "\n");
  const text = original.replace(separators, "\n");
  const hasSeparator = (start: number, end: number) => start >= 0 && original.slice(start, end).search(separators) >= 0;
  return { text, hasSeparators: text !== original, hasSeparator };
}

/** Counts on from the last place asked for: they come in order. */
export class LineCounter {
  readonly #text: string;
  #line: number;
  #position = 0;

  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.#line = firstLine;
  }

  lineOf(position: number): number {
    for (; this.#position < position; this.#position += 1) {
      const code = this.#text.charCodeAt(this.#position);
      if (code === 10 || (code === 13 && this.#text.charCodeAt(this.#position + 1) !== 10)) this.#line += 1;
    }
    return this.#line;
  }
}
