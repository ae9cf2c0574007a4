export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether maps and lists are nested more than `limit` deep. Needs no stack, whatever comes in. */
export function isDeeper(value: JsonValue, limit: number): boolean {
  let level: readonly JsonValue[] = [value];
  for (let depth = 0; depth <= limit; depth++) {
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** `target` after a merge patch (RFC 7396). Both, as those of {@link difference}, are not nested deep. */
export function merged(target: JsonObject, patch: JsonObject): JsonObject {
  const result = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else if (isObject(value)) {
      const before = result.get(name);
      result.set(name, merged(isObject(before) ? before : {}, value));
    } else result.set(name, value);
  }
  return Object.fromEntries(result);
}

/** The merge patch that makes `after` of `before`; undefined where they are the same. */
export function difference(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: [string, JsonValue][] = [];
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) patch.push([name, null]);
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (isObject(old) && isObject(value)) {
      const inner = difference(old, value);
      if (inner !== undefined) patch.push([name, inner]);
    } else if (JSON.stringify(old) !== JSON.stringify(value)) patch.push([name, value]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}
