import { readJson } from "./json-text.ts";
import { fixed } from "./message.ts";
import type { Field, ObjectReader } from "./object-reader.ts";
import { type Problems, pathOf } from "./problems.ts";

/** `createOptions01` to `createOptions99` continue a `createOptions` that is longer than a twin's values may be. */
const chunkKey = /^createOptions(\d\d)?$/;

/** The options as one JSON value: an object as it is, a string (with its continuations) parsed. */
export function joinCreateOptions(settings: ObjectReader, problems: Problems): Field | undefined {
  const parts = settings.matching(chunkKey);
  const [head] = parts;
  if (head === undefined) return undefined;
  if (parts.length === 1 && typeof head.value !== "string") return head;
  const path = pathOf(settings.path, "createOptions");
  const wrong = parts.find((part) => typeof part.value !== "string");
  if (wrong !== undefined) {
    problems.error(wrong.path, "is not a string", "Write all parts of createOptions as strings, or one object.");
    return undefined;
  }
  const text = parts.map((part) => part.value).join("");
  if (text.trim() === "") return undefined;
  return readJson(
    { path, text, remedy: fixed("Write the options as a JSON object, or as a string that holds one.") },
    problems,
  );
}
