import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import type { Field } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Problems of one field that are told. */
const maxTold = 20;

/**
 * The field as the schema describes it; undefined, and every problem reported, when it does not. Texts that stand for
 * numbers or truth values are taken as such, and `null` counts as absent.
 */
export function checkSchema<Schema extends TSchema>(
  schema: Schema,
  { path, value }: Field,
  problems: Problems,
): Static<Schema> | undefined {
  const converted = Value.Convert(schema, withoutNulls(value));
  if (Value.Check(schema, converted)) return converted;
  const errors = Value.Errors(schema, converted).filter(({ keyword }) => keyword !== "additionalProperties");
  for (const { keyword, instancePath, message } of errors.slice(0, maxTold)) {
    const keys = instancePath.split("/").slice(1).map(decodeSegment);
    if (keyword === "boolean") {
      problems.error(placeOf(path, keys), "is not a field that a module may set", "Remove it, or correct its name.");
    } else {
      const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], converted);
      problems.error(
        placeOf(path, keys),
        `${shown(found)} ${message}`,
        "Write the field as the Kubernetes API has it.",
      );
    }
  }
  return undefined;
}

function placeOf(path: string, keys: readonly string[]): string {
  return keys.reduce((at, key) => pathOf(at, /^\d+$/.test(key) ? Number(key) : key), path);
}

function decodeSegment(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}
