import { argumentInvalid, HubError } from "../hub/errors.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";

const limits = { tags: 8 * 1024, desired: 32 * 1024, reported: 32 * 1024, string: 4096, key: 1024, depth: 10 } as const;
/** Integers of a twin have 53 bits. */
const largestInteger = 4_503_599_627_370_495;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const refusedInKeys = /[\u0000-\u001f\u007f-\u009f .$]/;

export type Section = "tags" | "desired" | "reported";

/**
 * Refuses a section that IoT Hub would refuse.
 *
 * @param tooLarge status for a section beyond its size, which the documentation leaves open
 */
export function checkSection(section: Section, value: JsonObject, tooLarge: 400 | 413): void {
  checkValue(section, value, 0);
  const size = sizeOf(value);
  if (size <= limits[section]) return;
  const message = `${section} properties have ${size} bytes, more than ${limits[section]}`;
  throw tooLarge === 413 ? new HubError("MessageTooLarge", message) : argumentInvalid(message);
}

function checkValue(path: string, value: JsonValue, depth: number): void {
  if (typeof value === "string" && Buffer.byteLength(value) > limits.string)
    throw argumentInvalid(`${path} is longer than ${limits.string} bytes`);
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) > largestInteger + (value < 0 ? 1 : 0))
    throw argumentInvalid(`${path} is not a number of a twin`);
  if (typeof value !== "object" || value === null) return;
  if (depth > limits.depth) throw argumentInvalid(`${path} is deeper than ${limits.depth} levels`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(`${path}[${index}]`, item, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === "" || Buffer.byteLength(key) > limits.key || refusedInKeys.test(key))
      throw argumentInvalid(`${path} has a key that a twin cannot have: ${JSON.stringify(key.slice(0, 80))}`);
    checkValue(`${path}.${key}`, item, depth + 1);
  }
}

/** Keys and values as IoT Hub counts them: 8 bytes a number, 4 a boolean. */
export function sizeOf(value: JsonValue): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (typeof value === "number") return 8;
  if (typeof value === "boolean" || value === null) return 4;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 0);
  return Object.entries(value).reduce((sum, [key, item]) => sum + Buffer.byteLength(key) + sizeOf(item), 0);
}

/** What a caller has sent as properties has to be an object. */
export function objectOf(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw argumentInvalid(`${what} is no object`);
  return value;
}
