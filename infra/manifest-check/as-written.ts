import { isJsonObject, type Json } from "#base";
import { fixed, Message, type PolicyNeed, type Problem, pathOf, problemOf, Quoted, say, toldOf } from "#manifest";
import { type FilledText, textsIn } from "./filled-text.ts";
import { type Forms, type LeftOver, type Located, locate, locateProblem } from "./locate.ts";

/** A manifest before anything was put in for its placeholders, and what was put in. */
export interface Template {
  /** Merged with its layers. */
  readonly forms: Forms;
  readonly texts: readonly FilledText[];
  /** What no file has and everybody may read: a stack's images of modules. */
  readonly known: readonly string[];
}

/** Where nothing that is near says which placeholder it was. */
const unknownPlaceholder = "(filled in)";
const mostPlaceholders = 3;
/** Shorter texts are those of many things. */
const leastTelling = 4;

/**
 * Tells problems of a filled-in manifest with nothing in them that a placeholder stands for: what is told was either found
 * in the template itself, or is the parser's own words, a text of the template's, or a placeholder as it is written.
 */
export class AsWritten {
  readonly #template: Template;
  readonly #literals: readonly string[];
  readonly #byWritten: ReadonlyMap<string, readonly FilledText[]>;
  readonly #values: readonly string[];
  readonly #untouched: ReadonlySet<string>;

  constructor(template: Template, untouched: ReadonlySet<string> = new Set()) {
    this.#template = template;
    this.#untouched = untouched;
    this.#byWritten = Map.groupBy(template.texts, ({ written }) => written);
    const literal = (text: string) => {
      const [filled] = this.#byWritten.get(text) ?? [];
      if (filled === undefined) return [text];
      return filled.pieces.filter((piece) => piece.text === piece.written).map((piece) => piece.text);
    };
    this.#literals = [...new Set([...textsOf(template.forms.written), ...template.known].flatMap(literal))];
    const pieces = template.texts.flatMap((one) => one.pieces);
    this.#values = pieces.filter(({ text, written }) => text !== written).map(({ text }) => text.toLowerCase());
  }

  /** Whether nothing was put in: then all is told as it is. */
  get isPlain(): boolean {
    return this.#template.texts.length === 0;
  }

  /** @param found problems of the template as it is written: nothing in them is of what was put in, and they are told as they are */
  knowing(found: readonly Problem[]): AsWritten {
    return new AsWritten(this.#template, new Set(found.flatMap((one) => [keyOf(one), JSON.stringify(one.needs)])));
  }

  problem(problem: Problem): Problem {
    if (this.isPlain || this.#untouched.has(keyOf(problem))) return problem;
    const located = this.#locate(problem.path);
    const { message, remedy } = toldOf(problem);
    return problemOf(this.#pathOf(located), this.#message(message, located), this.#remedy(remedy, located), {
      ...(problem.needs && { needs: this.need(problem.needs, problem) }),
      ...(problem.switch && { switch: problem.switch }),
    });
  }

  /** What is to be written in place of what was put in says nothing with a placeholder in it. */
  #remedy(remedy: Message, located: Located): Message {
    const told = this.#message(remedy, located);
    if (String(told) === String(remedy)) return told;
    const placeholders = [...new Set(this.#near(located).flatMap((one) => one.placeholders))];
    const known = placeholders.length > 0 && placeholders.length <= mostPlaceholders;
    return known ? say`Change what stands for ${placeholders.join(", ")}.` : fixed("Change what is put in there.");
  }

  /** A door of the policy as the template names what is behind it. */
  need(need: PolicyNeed, { path }: Problem): PolicyNeed {
    if (this.isPlain || this.#untouched.has(JSON.stringify(need))) return need;
    const { field, ...rest } = need;
    const written = { field, ...(this.#rewritten(rest, this.#locate(path)) as object) } as PolicyNeed;
    if (written.field !== "hostPaths" || !written.pathPrefix.startsWith("$")) return written;
    // Of `/${DIR}` with a DIR that begins with `/` itself, the path has one of the two.
    const whole = `/${written.pathPrefix}`;
    const isWhole = this.#near(this.#locate(path)).some((one) => one.written.includes(whole));
    return isWhole ? { ...written, pathPrefix: whole } : written;
  }

  /** Keys of a document, from its root on, as they are written there. */
  keys(forms: Forms, keys: readonly string[]): readonly string[] {
    const { steps, rest } = locate(forms, keys, this.#byWritten);
    return [...steps.map(String), ...rest.map((one) => this.#leftOver(one))];
  }

  /** A text that no place is known of. */
  text(text: string): string {
    return this.isPlain ? text : this.#writtenFor(text, undefined);
  }

  /** A message with what it quotes as it is written. */
  message(message: Message): Message {
    return this.isPlain ? message : this.#message(message, undefined);
  }

  #locate(path: string): Located {
    return locateProblem(this.#template.forms, path, this.#byWritten);
  }

  #pathOf({ steps, rest }: Located): string {
    const known = steps.reduce<string>((path, step) => pathOf(path, step), "");
    return rest.reduce<string>((path, one) => {
      const isIndex = typeof one.step === "number";
      return pathOf(path, isIndex ? Number(one.step) : this.#leftOver(one));
    }, known);
  }

  /** What the manifest has nowhere is a field that the parser misses there, or a key with something added to it. */
  #leftOver({ step, isThere }: LeftOver): string {
    const text = typeof step === "object" ? step.beginning : String(step);
    return isThere || this.#isTelling(text) ? this.#writtenFor(text, undefined) : text;
  }

  #isTelling(text: string): boolean {
    const low = text.toLowerCase();
    return this.#values.some((value) => (value.length >= leastTelling ? low.includes(value) : low === value));
  }

  #message({ parts }: Message, located: Located | undefined): Message {
    return new Message(
      parts.map((part) =>
        typeof part === "string" ? part : new Quoted(this.#rewritten(part.value, located), part.show),
      ),
    );
  }

  /** The value with every text and number in it as it is written. */
  #rewritten(value: unknown, located: Located | undefined): unknown {
    if (typeof value === "string") return this.#writtenFor(value, located);
    if (Array.isArray(value)) return value.map((item) => this.#rewritten(item, located));
    if (isJsonObject(value)) {
      const entries = Object.entries(value).map(([key, item]) => [
        this.#isTelling(key) ? this.#writtenFor(key, located) : key,
        this.#rewritten(item, located),
      ]);
      return Object.fromEntries(entries);
    }
    if (value === null || value === undefined || typeof value === "boolean") return value;
    const digits = typeof value === "number" ? String(value) : JSON.stringify(value);
    const written = this.#writtenFor(digits, located);
    return written === digits ? value : written;
  }

  #writtenFor(text: string, located: Located | undefined): string {
    const near = located === undefined ? [] : this.#near(located);
    const exact = near.find((one) => one.text === text);
    if (exact !== undefined) return exact.written;
    if (text.length < leastTelling && this.#isLiteral(text)) return text;
    if (typeof located?.node === "string" && near.length === 0 && located.node.includes(text)) return text;
    for (const one of near) {
      const written = one.writtenFor(text);
      if (written !== undefined && text !== "") return written;
    }
    if (this.#isLiteral(text)) return text;
    const { texts } = this.#template;
    const same = texts.find((one) => one.text === text);
    if (same !== undefined) return same.written;
    const around = near.length > 0 ? undefined : texts.find((one) => one.writtenFor(text) !== undefined);
    if (around !== undefined) return around.writtenFor(text) ?? around.written;
    const placeholders = [...new Set(near.flatMap((one) => one.placeholders))];
    if (placeholders.length === 0 || placeholders.length > mostPlaceholders) return unknownPlaceholder;
    return placeholders.join(", ");
  }

  /** What was put in at a place: into its text, its key, or what is below it. */
  #near({ node, steps }: Located): readonly FilledText[] {
    const written = node === undefined ? [] : textsOf(node);
    const last = steps.at(-1);
    return [...written, ...(typeof last === "string" ? [last] : [])].flatMap((one) => this.#byWritten.get(one) ?? []);
  }

  #isLiteral(text: string): boolean {
    return this.#literals.some((literal) => literal.includes(text));
  }
}

function keyOf({ path, message, remedy }: Problem): string {
  return JSON.stringify([path, message, remedy]);
}

/** Every text in a value; of options that are text, what is in them as well. */
function textsOf(value: Json): readonly string[] {
  return textsIn(value, (text) => [text, ...textsInJson(text)]);
}

function textsInJson(text: string): readonly string[] {
  if (!/^\s*[[{]/.test(text)) return [];
  try {
    return textsOf(JSON.parse(text));
  } catch {
    return [];
  }
}
