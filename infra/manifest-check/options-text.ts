import { isJsonObject, isNestedDeeper, type Json, type JsonObject, parseKeepingDigits } from "#base";
import { repeatedKeys } from "#manifest";
import { placeholder } from "./placeholder.ts";

const optionsKey = /^(.*\.)?createOptions(\d\d)?$/;
const maxDepth = 100;

/** A placeholder that stands where JSON has a value, with no quotes around it. */
export class BareText {
  readonly written: string;

  constructor(written: string) {
    this.written = written;
  }
}

/** Whether a key has options, or a part of them; in a layer by the last part of its key. */
export function holdsOptions(key: string): boolean {
  return optionsKey.test(key);
}

/** Options in one text, or several that continue each other, as the object that they are: what is filled in may hold quotes. */
export function withReadOptions(settings: JsonObject): JsonObject {
  let read = settings;
  const prefixes = Object.keys(settings).flatMap((key) => {
    const found = optionsKey.exec(key);
    return found === null ? [] : [found[1] ?? ""];
  });
  for (const prefix of new Set(prefixes)) {
    const whole = optionsIn(settings, prefix);
    const options = whole === undefined ? undefined : readOptions(whole);
    if (options === undefined) continue;
    const rest = Object.entries(read).filter(([key]) => !isPartOf(key, prefix));
    read = { ...Object.fromEntries(rest), [`${prefix}createOptions`]: options };
  }
  return read;
}

/** Options that are text, in parts as well; undefined where they are none. */
export function optionsIn(settings: JsonObject, prefix = ""): string | undefined {
  const parts = Object.entries(settings)
    .filter(([key]) => isPartOf(key, prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = parts.map(([, value]) => value);
  return parts.length > 0 && texts.every((text) => typeof text === "string") ? texts.join("") : undefined;
}

function isPartOf(key: string, prefix: string): boolean {
  return (optionsKey.exec(key)?.[1] ?? "") === prefix && holdsOptions(key);
}

/**
 * What a text with placeholders is as JSON, with those that stand outside of quotes in their places; undefined where it is
 * none by whatever they stand for, or has none. The parser names what is twice in it.
 */
function readOptions(text: string): Json | undefined {
  if (text.search(placeholder) < 0 || inEscape.test(text)) return undefined;
  const stem = unusedDigits(text);
  const known = new Map<string, string>();
  const marked = text.replace(placeholder, (written) => {
    const marker = known.get(written) ?? `${stem}${String(known.size).padStart(digitsOfIndex, "0")}`;
    known.set(written, marker);
    return marker;
  });
  const options = parseKeepingDigits(marked);
  if (options === undefined || isNestedDeeper(options, maxDepth) || repeatedKeys(marked).length > 0) return undefined;
  const writtenBy = new Map([...known].map(([written, marker]) => [marker, written]));
  const markers = new RegExp(`${stem}\\d{${digitsOfIndex}}`, "g");
  const unmark = (one: string) => one.replace(markers, (marker) => writtenBy.get(marker) ?? marker);
  const read = unmarked(options as Json, unmark);
  return isJsonObject(read) ? read : undefined;
}

/** A placeholder that would be taken for a part of a character's number. */
const inEscape = /\\u[\dA-Fa-f]{0,3}\$/;
/** A text has at most as many placeholders as fit into a manifest. */
const digitsOfIndex = 7;

/** Digits that a text does not have, and that cannot begin within one another: they hold one 7, their first. */
function unusedDigits(text: string): string {
  for (let count = 0; ; count++) {
    const digits = `7${count.toString(7).padStart(17, "0")}`;
    if (!text.includes(digits)) return digits;
  }
}

function unmarked(value: Json, unmark: (text: string) => string): Json {
  if (typeof value === "string") return unmark(value);
  if (Array.isArray(value)) return value.map((item) => unmarked(item, unmark));
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [unmark(key), unmarked(item, unmark)]));
  // What is left is a number whose digits are kept as they are written.
  if (typeof value !== "object" || value === null) return value;
  const digits = JSON.stringify(value);
  const written = unmark(digits);
  return written === digits ? value : (new BareText(written) as unknown as Json);
}
