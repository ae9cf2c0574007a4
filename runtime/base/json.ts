/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
