import { exceeds, type Limit, limits } from "./limits.ts";
import { fixed, inParts, type Message, type OwnWords, say } from "./message.ts";
import { type Problems, pathOf, plainText, shown } from "./problems.ts";
import { digitsOf } from "./written-digits.ts";

/** Value of one field and where it stands. */
export interface Field {
  readonly path: string;
  readonly value: unknown;
  /** Of a number: its digits as they are written, where a program would write others. */
  readonly digits?: string | undefined;
}

/** A field whose path is made when somebody asks for it: most fields have nothing to report. */
class FieldOf implements Field {
  readonly value: unknown;
  readonly #parent: string;
  readonly #key: string | number;
  readonly #holder: object;

  constructor(parent: string, key: string | number, holder: object) {
    this.#parent = parent;
    this.#key = key;
    this.#holder = holder;
    this.value = (holder as Record<string | number, unknown>)[key];
  }

  get digits(): string | undefined {
    return digitsOf(this.#holder, String(this.#key));
  }

  get path(): string {
    return pathOf(this.#parent, this.#key);
  }
}

/**
 * Reads the fields of one JSON object. What has the wrong type is reported and read as if it were absent, so that one
 * pass finds every problem. {@link ObjectReader.rest} reports the fields that were not asked for.
 */
export class ObjectReader {
  readonly path: string;
  readonly #problems: Problems;
  readonly #entries: readonly (readonly [key: string, field: Field])[];
  /** By the name by which they are asked for. */
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #ignoreCase: boolean;
  readonly #taken = new Set<string>();

  private constructor(
    entries: readonly (readonly [key: string, field: Field])[],
    path: string,
    problems: Problems,
    ignoreCase: boolean,
  ) {
    this.#entries = entries;
    this.#fields = new Map(ignoreCase ? entries.map(([key, field]) => [key.toLowerCase(), field]) : entries);
    this.path = path;
    this.#problems = problems;
    this.#ignoreCase = ignoreCase;
  }

  /**
   * The reader of `field`; undefined, and reported, when it is no object or one of too many fields.
   *
   * @param options.ignoreCase whether keys count in any spelling, as the Docker API takes them
   */
  static open(
    field: Field,
    problems: Problems,
    options: { readonly ignoreCase?: boolean; readonly limit?: Limit } = {},
  ): ObjectReader | undefined {
    const { path, value } = field;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      problems.error(path, say`${shown(value)} is not an object`, "Write a JSON object here.");
      return undefined;
    }
    const { ignoreCase = false, limit = limits.entries } = options;
    const keys = Object.keys(value);
    if (exceeds(limit, path, keys.length, problems)) return undefined;
    problems.work.read += keys.length;
    const entries = keys.map((key): [string, Field] => [key, new FieldOf(path, key, value)]);
    return new ObjectReader(entries, path, problems, ignoreCase);
  }

  /** The field, whatever its type; undefined when it is absent or `null`. Reports one that stands there in two spellings. */
  take(key: string): Field | undefined {
    const name = this.#ignoreCase ? key.toLowerCase() : key;
    if (this.#ignoreCase && !this.#taken.has(name) && this.#fields.size < this.#entries.length)
      this.#refuseSpellings(name);
    this.#taken.add(name);
    const field = this.#fields.get(name);
    return field === undefined || field.value === null ? undefined : field;
  }

  #refuseSpellings(name: string): void {
    const [first, second] = this.#entries.filter(([key]) => key.toLowerCase() === name);
    if (first === undefined || second === undefined) return;
    const message = say`is ${shown(first[0])} in another spelling, and one of the two would not count`;
    this.#problems.error(second[1].path, message, "Write it once.");
  }

  object(key: string, limit: Limit = limits.entries): ObjectReader | undefined {
    const field = this.take(key);
    return field && ObjectReader.open(field, this.#problems, { ignoreCase: this.#ignoreCase, limit });
  }

  /** The items of a list; none, and reported, when there are too many. */
  list(key: string, limit: Limit = limits.entries): readonly Field[] {
    const field = this.take(key);
    if (field === undefined) return [];
    const { path, value: items } = field;
    if (Array.isArray(items)) {
      if (exceeds(limit, path, items.length, this.#problems)) return [];
      this.#problems.work.read += items.length;
      return items.map((_, index) => new FieldOf(path, index, items));
    }
    this.#problems.error(field.path, say`${shown(field.value)} is not a list`, "Write a JSON list here.");
    return [];
  }

  /** A string, or a number or truth value that is meant as one. */
  text(key: string): string | undefined {
    const field = this.take(key);
    return field && textOf(field, this.#problems);
  }

  /** A string that must be there and not be empty. */
  requiredText<Way extends string | Message>(key: string, remedy: Way & OwnWords<Way>): string | undefined {
    const field = this.take(key);
    if (field === undefined) {
      this.#problems.error(pathOf(this.path, key), "is missing", inParts(remedy));
      return undefined;
    }
    const text = textOf(field, this.#problems);
    if (text === undefined || text.trim() !== "") return text;
    this.#problems.error(field.path, "is empty", inParts(remedy));
    return undefined;
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[], fallback: Choice): Choice {
    const field = this.take(key);
    if (field === undefined) return fallback;
    const choice = choices.find((one) => one === field.value);
    if (choice !== undefined) return choice;
    this.#problems.error(
      field.path,
      say`${shown(field.value)} is not one of ${fixed(choices.join(", "))}`,
      "Write one of them, or leave the field out.",
    );
    return fallback;
  }

  /** `true` or `false`, also in quotes. */
  flag(key: string): boolean | undefined {
    const field = this.take(key);
    if (field === undefined) return undefined;
    const text = plainText(field.value).toLowerCase();
    if (text === "true" || text === "false") return text === "true";
    this.#problems.error(field.path, say`${shown(field.value)} is not true or false`, "Write true or false.");
    return undefined;
  }

  /** A whole number, also in quotes. */
  integer(key: string, minimum: number, maximum: number): number | undefined {
    const field = this.take(key);
    if (field === undefined) return undefined;
    const number = typeof field.value === "string" && field.value !== "" ? Number(field.value) : field.value;
    if (Number.isInteger(number) && Number(number) >= minimum && Number(number) <= maximum) return Number(number);
    this.#problems.error(
      field.path,
      say`${field.digits ?? shown(field.value)} is not a whole number from ${fixed(minimum)} to ${fixed(maximum)}`,
      "Write such a number, or leave the field out.",
    );
    return undefined;
  }

  /** The fields whose keys match, in the order of their keys. */
  matching(pattern: RegExp): readonly Field[] {
    const keys = [...this.#fields.keys()].filter((key) => pattern.test(key)).sort();
    return keys.map((key) => this.take(key)).filter((field) => field !== undefined);
  }

  /** The fields that were not asked for. */
  rest(): readonly Field[] {
    return [...this.#fields].filter(([key]) => !this.#taken.has(key)).map(([, field]) => field);
  }

  /** Every field with its key as it is written, for objects that are maps. */
  entries(): readonly (readonly [string, Field])[] {
    for (const key of this.#fields.keys()) this.#taken.add(key);
    return this.#entries;
  }

  /** Warns of each field that was not asked for. */
  warnOfRest(remedy = fixed("Remove it, or correct its name.")): void {
    for (const field of this.rest()) {
      if (this.#problems.hasAllWarnings) return;
      this.#problems.ignore(field.path, "is not a known field and has no effect", remedy);
    }
  }

  /** Warns of each field that was not asked for and asks for something: tools write out every default. */
  warnOfUnsupported<Words extends string | Message, Way extends string | Message>(
    message: Words & OwnWords<Words>,
    remedy: Way & OwnWords<Way>,
  ): void {
    for (const field of this.rest()) {
      if (this.#problems.hasAllWarnings) return;
      if (!isEmpty(field.value) || isSayingZero(field))
        this.#problems.ignore(field.path, inParts(message), inParts(remedy));
    }
  }
}

/** Whether it is a zero that asks for something: to swap nothing, and for any number of processes. */
function isSayingZero({ path, value }: Field): boolean {
  return value === 0 && /\.(?:MemorySwappiness|PidsLimit)$/i.test(path);
}

/** Whether a field asks for nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The string in a field; numbers and truth values are taken as they are written. */
export function textOf(field: Field, problems: Problems): string | undefined {
  const { value } = field;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return field.digits ?? String(value);
  problems.error(field.path, say`${shown(value)} is not a string`, "Write a JSON string here.");
  return undefined;
}
