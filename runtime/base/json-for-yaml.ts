import { isJsonObject } from "./json.ts";

/**
 * What JSON takes in a text as it is, and YAML 1.1 does not: control characters are refused, line breaks of Unicode are
 * folded with the spaces around them, and a byte-order mark is passed over.
 */
const strangeToYaml = /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g;
/** Half of a character, as JSON.stringify writes it, or a text that says the same. */
const maybeHalf = /\\ud[89a-f]/;

/** A text of JSON with the same value, which readers of YAML understand as it is meant. */
export function escapeForYaml(json: string): string {
  return json.replace(strangeToYaml, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * JSON that readers of YAML understand as well: the API server reads apply patches by one. Half of a character becomes
 * U+FFFD, as in any text in UTF-8.
 */
export function jsonForYaml(value: unknown): string {
  const json = JSON.stringify(value);
  return escapeForYaml(maybeHalf.test(json) ? JSON.stringify(value, wellFormed) : json);
}

function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (!isJsonObject(value) || Object.keys(value).every((key) => key.isWellFormed())) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), item]));
}
