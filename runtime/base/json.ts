/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** JSON.rawJSON, which the types of TypeScript do not have yet. */
const raw = JSON as unknown as {
  readonly rawJSON: (text: string) => Json;
  readonly isRawJSON: (value: unknown) => boolean;
};

/** Whether it is a number that {@link parseKeepingDigits} has left as it is written. */
export function isRawNumber(value: unknown): boolean {
  return raw.isRawJSON(value);
}

/** Whether lists and maps are nested more than `limit` deep. Needs no stack, whatever comes in. */
export function isNestedDeeper(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** A text of JSON as its file holds it, without the byte-order mark with which editors on Windows begin. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(/^\uFEFF/, "");
}

/** How much of what comes from outside is looked at. */
export interface JsonLimits {
  /** Characters. */
  readonly maxLength?: number;
  /** Levels of lists and maps. */
  readonly maxDepth?: number;
}

type Reviver = (this: object, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** JSON.parse with what stands in the text for a value, which the types of TypeScript do not have yet. */
export const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Like {@link parseJson}; numbers that would be written with other digits than the text has are so again. */
export function parseKeepingDigits(text: string): unknown {
  try {
    return parseWithSource(text, (_key, value, { source }) =>
      typeof value === "number" && source !== undefined && source !== String(value) ? raw.rawJSON(source) : value,
    );
  } catch {
    return undefined;
  }
}

/** A copy in which nothing of the value itself can be changed. */
export function copyOfJson(value: Json): Json {
  if (Array.isArray(value)) return value.map(copyOfJson);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOfJson(item)]));
}

/** The value of a JSON text; undefined when it is none, or is beyond the limits. */
export function parseJson(text: string | undefined, limits: JsonLimits = {}): unknown {
  const { maxLength = Number.POSITIVE_INFINITY, maxDepth } = limits;
  if (text === undefined || text.length > maxLength) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return maxDepth !== undefined && isNestedDeeper(value, maxDepth) ? undefined : value;
  } catch {
    return undefined;
  }
}
