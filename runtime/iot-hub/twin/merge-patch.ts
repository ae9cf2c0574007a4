import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "#base";

/** The document after a merge patch (RFC 7396), by which twins are changed: what is null in the patch goes. */
export function applyMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const result = new Map<string, Json>(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    const before = result.get(key);
    if (value === null) result.delete(key);
    else if (isJsonObject(value)) result.set(key, applyMergePatch(isJsonObject(before) ? before : {}, value));
    else result.set(key, value);
  }
  // Not by assignment: `__proto__` is a key like any other.
  return Object.fromEntries(result);
}

/**
 * The smallest merge patch that makes `to` of `from`; empty where nothing differs.
 *
 * @param to without null as the value of a key, which no patch can write
 */
export function mergePatchBetween(from: JsonObject, to: JsonObject): JsonObject {
  const patch = new Map<string, Json>();
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch.set(key, null);
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (isJsonObject(before) && isJsonObject(value)) {
      const inner = mergePatchBetween(before, value);
      if (Object.keys(inner).length > 0) patch.set(key, inner);
    } else if (!isDeepStrictEqual(before, value)) patch.set(key, value);
  }
  return Object.fromEntries(patch);
}
