/** Something that a message quotes of a manifest. */
export class Quoted {
  /** As the message shows it. */
  readonly text: string;
  readonly value: unknown;
  /** How it is shown. */
  readonly show: (value: unknown) => string;

  constructor(value: unknown, show: (value: unknown) => string) {
    this.value = value;
    this.show = show;
    this.text = show(value);
  }

  toString(): string {
    return this.text;
  }
}

/**
 * What is said of a manifest: the parser's own words, and what it quotes. Who reads the message elsewhere than beside the
 * manifest can have something else in place of what is quoted.
 */
export class Message {
  readonly parts: readonly (string | Quoted)[];

  constructor(parts: readonly (string | Quoted)[]) {
    this.parts = parts;
  }

  toString(): string {
    return this.parts.map(String).join("");
  }
}

/** Own words around what is quoted: whatever is put in counts as quoted, unless it is a message itself. */
export function say(
  words: TemplateStringsArray,
  ...inserted: readonly (Message | Quoted | string | number | undefined)[]
): Message {
  const parts = words.flatMap((text, index): (string | Quoted)[] => {
    const next = inserted[index];
    if (next === undefined) return [text];
    return next instanceof Message ? [text, ...next.parts] : [text, next instanceof Quoted ? next : plainly(next)];
  });
  return new Message(parts.filter((part) => part !== ""));
}

/** Words of the parser's own that come out of a table or a variable. Never what a manifest says. */
export function fixed(words: string | number): Message {
  return new Message([String(words)]);
}

function plainly(value: string | number): Quoted {
  return new Quoted(value, String);
}

/** A text of the source as a message. */
export function inParts(text: string | Message): Message {
  return typeof text === "string" ? fixed(text) : text;
}

/** A text that stands in the source as it is; `never` where anything is put into it. */
export type OwnWords<Text> = Text extends string
  ? Record<never, never> extends Record<Text, 1>
    ? never
    : Text
  : Message;
