import type { Plain, PlainMap } from "./objects.ts";
import type { Random } from "./random.ts";

/** Writes values as YAML in as many ways as there are: each place of a value is written in another way. */
export class YamlWriter {
  readonly #random: Random;
  /** Breaks of lines inside of the document. */
  readonly #lineBreak: string;
  readonly #anchors = new Map<string, string>();
  readonly #step: number;

  constructor(random: Random) {
    this.#random = random;
    this.#lineBreak = random.chance(70) ? "\n" : random.pick(["\r\n", "\r", "\u0085", "\u2028", "\u2029"]);
    this.#step = random.pick([1, 2, 2, 4]);
  }

  document(value: PlainMap): string {
    const text = this.#random.chance(20) ? this.flow(value) : this.#map(value, 0);
    return `${text.replace(/^\n/, "").replaceAll("\n", this.#lineBreak)}\n`;
  }

  #map(value: PlainMap, indent: number): string {
    const pad = " ".repeat(indent);
    const lines = this.#entries(value).map(([key, part]) => {
      const written = this.#random.chance(4) && key !== "<<" ? `? ${this.#key(key)}\n${pad}:` : `${this.#key(key)}:`;
      return `\n${this.#comment(pad)}${pad}${written}${this.#block(part, indent)}`;
    });
    return lines.join("");
  }

  /** Keys in any order, some twice, some by a merge key that stands before or behind them. */
  #entries(value: PlainMap): (readonly [string, Plain | Raw])[] {
    const entries: (readonly [string, Plain | Raw])[] = this.#random.shuffle(Object.entries(value));
    const twice = this.#random.chance(4) ? entries[this.#random.below(entries.length)] : undefined;
    if (twice !== undefined) entries.unshift([twice[0], "other"]);
    if (!this.#random.chance(8)) return entries;
    const merged = entries.splice(this.#random.below(entries.length), 1 + this.#random.below(2));
    const overridden = this.#random.chance(50) ? entries.slice(0, 1) : [];
    const source = this.flow(Object.fromEntries([...merged, ...overridden]) as PlainMap);
    // The first of several sources counts.
    const beaten = "kind" in Object.fromEntries(merged) ? `[${source}, {kind: Other}]` : source;
    const map = this.#random.pick([source, `[${source}]`, beaten]);
    entries.splice(this.#random.below(entries.length + 1), 0, ["<<", new Raw(map)]);
    return entries;
  }

  #block(value: Plain | Raw, indent: number): string {
    if (value instanceof Raw) return ` ${value.text}`;
    const known = this.#anchors.get(JSON.stringify(value));
    if (known !== undefined && this.#random.chance(60)) return ` *${known}`;
    const anchor = this.#random.chance(6) ? ` ${this.#anchor(value)}` : "";
    if (typeof value === "string")
      return `${anchor} ${this.#blockScalar(value, indent) ?? this.#scalar(value, false)}${this.#tail()}`;
    if (this.#random.chance(35)) return `${anchor} ${this.flow(value)}${this.#tail()}`;
    const tag = this.#random.chance(4) ? (Array.isArray(value) ? " !!seq" : " !!map") : "";
    if (!Array.isArray(value)) return `${anchor}${tag}${this.#map(value as PlainMap, indent + this.#step)}`;
    const inner = indent + this.#random.pick([0, this.#step]);
    const pad = " ".repeat(inner);
    return `${anchor}${tag}${(value as readonly Plain[]).map((item) => `\n${pad}-${this.#item(item, inner)}`).join("")}`;
  }

  #item(value: Plain, indent: number): string {
    if (typeof value === "string" || Array.isArray(value) || this.#random.chance(50)) return this.#block(value, indent);
    return ` ${this.#map(value as PlainMap, indent + 2).trimStart()}`;
  }

  #anchor(value: Plain): string {
    const name = `a${this.#anchors.size}`;
    this.#anchors.set(JSON.stringify(value), name);
    return `&${name}`;
  }

  flow(value: Plain | Raw): string {
    if (value instanceof Raw) return value.text;
    if (typeof value === "string") return this.#scalar(value, true);
    const space = this.#random.pick([" ", " ", "", "\n  ", "\t"]);
    const comma = this.#random.pick([", ", ",", " , "]);
    if (Array.isArray(value)) return `[${space}${value.map((item) => this.flow(item)).join(comma)}${space}]`;
    const parts = this.#entries(value as PlainMap).map(([key, part]) => `${this.#key(key)}: ${this.flow(part)}`);
    return `{${space}${parts.join(comma)}${space}}`;
  }

  #key(key: string): string {
    if (key === "<<") return this.#random.pick(["<<", "<<", "<<", "!!merge <<", '! "<<"']);
    return this.#random.chance(80) ? key : this.#scalar(key, true);
  }

  #scalar(text: string, inFlow: boolean): string {
    const way = this.#random.below(100);
    if (way < 55 && isPlain(text, inFlow)) return text;
    if (way < 62) return `!!str ${JSON.stringify(text)}`;
    if (way < 66 && text !== "") return `!!binary ${Buffer.from(text).toString("base64")}`;
    if (way < 68 && isPlain(text, inFlow)) return `! ${text}`;
    if (way < 70) return `!local ${JSON.stringify(text)}`;
    if (way < 85) return `'${text.replaceAll("'", "''")}'`;
    return `"${[...text].map((character) => this.#escaped(character)).join("")}"`;
  }

  #escaped(character: string): string {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (this.#random.chance(15) && code < 256) return `\\x${hex.padStart(2, "0")}`;
    if (this.#random.chance(10)) return `\\u${hex.padStart(4, "0")}`;
    if (this.#random.chance(3)) return `\\\n  ${character === " " ? "\\ " : character.replace(/["\\]/, "\\$&")}`;
    return character.replace(/["\\]/, "\\$&");
  }

  #blockScalar(text: string, indent: number): string | undefined {
    if (!this.#random.chance(4) || text === "" || /^[\s#]/.test(text)) return undefined;
    return `${this.#random.pick(["|-", ">-", "|2-"])}\n${" ".repeat(indent + 2)}${text}`;
  }

  #comment(pad: string): string {
    if (!this.#random.chance(5)) return "";
    const trick = this.#random.pick(["", "\r", "\u0085", "\u2028", "\u2029", " #", "\t", "---"]);
    return `${pad}# harmless${trick}${this.#random.pick(["", "", "kind: Other"])}\n`;
  }

  #tail(): string {
    return this.#random.chance(6) ? this.#random.pick([" ", "  # why", "\t# why", "\t"]) : "";
  }
}

/** Text that is YAML already. */
class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function isPlain(text: string, inFlow: boolean): boolean {
  if (!/^[A-Za-z0-9./~é][^\n]*$/.test(text) || /: | #|\s$/.test(text)) return false;
  return !inFlow || !/[[\]{},]/.test(text);
}
