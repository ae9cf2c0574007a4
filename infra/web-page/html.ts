import { cleanLine } from "../terminal/index.ts";

/** A piece of HTML that is safe to put into other HTML. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Content = string | number | Html | undefined | readonly Content[];

/** Puts values into HTML. What is no {@link Html} is text, and is escaped, inside of attributes as well. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(toText)));
}

function toText(value: Content): string {
  if (value === undefined) return "";
  if (value instanceof Html) return value.text;
  return typeof value === "object" ? value.map(toText).join("") : escapeText(String(value));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** What cannot be seen, or turns the order of a text around, is written out: names come from clusters. */
function escapeText(text: string): string {
  return text.replace(/[^\n\t]+/g, cleanLine).replace(/[&<>"'`]/g, (character) => entities[character] ?? "");
}
