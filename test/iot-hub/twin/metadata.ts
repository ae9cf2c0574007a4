import { isObject, type JsonObject, type JsonValue } from "../json.ts";

export interface Stamp {
  /** RFC 3339. */
  readonly time: string;
  /** Of the section; desired properties have it in their metadata. */
  readonly version: number | undefined;
}

const stamped = ({ time, version }: Stamp): JsonObject => ({
  $lastUpdated: time,
  ...(version === undefined ? {} : { $lastUpdatedVersion: version }),
});

/** `$metadata` of a section after a merge patch: each property that it names has the time of the change. */
export function metadataAfter(metadata: JsonObject, patch: JsonObject, stamp: Stamp): JsonObject {
  const result: Record<string, JsonValue> = { ...metadata, ...stamped(stamp) };
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) result[key] = metadataAfter(isObject(before) ? before : {}, value, stamp);
    else result[key] = stamped(stamp);
  }
  return result;
}
