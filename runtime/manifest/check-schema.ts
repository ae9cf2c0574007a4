import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { Value } from "typebox/value";
import { exceeds, limits } from "./limits.ts";
import { fixed, say } from "./message.ts";
import type { Field } from "./object-reader.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Problems of one field that are told. */
const maxTold = 20;

/** A schema's check as code: made when the schema is first needed, since most manifests need few of them. */
const compiled = new WeakMap<TSchema, Validator>();

/**
 * The field as the schema describes it; undefined, and every problem reported, when it does not. Texts that stand for
 * numbers or truth values are taken as such, and `null` counts as absent.
 */
export function checkSchema<Schema extends TSchema>(
  schema: Schema,
  { path, value }: Field,
  problems: Problems,
): Static<Schema> | undefined {
  const size = sizeWithin(path, value, problems);
  if (size === undefined) return undefined;
  problems.work.checked += size.values;
  const present = size.hasNulls ? withoutNulls(value) : value;
  const validator = validatorOf(schema);
  if (validator.Check(present)) return present as Static<Schema>;
  const converted = Value.Convert(schema, present);
  if (validator.Check(converted)) return converted as Static<Schema>;
  if (problems.hasAllErrors) {
    problems.error(path, "is not as the Kubernetes API has it", "Correct it.");
    return undefined;
  }
  const errors = Value.Errors(schema, converted).filter(({ keyword }) => keyword !== "additionalProperties");
  for (const { keyword, instancePath, message } of errors.slice(0, maxTold)) {
    const keys = instancePath.split("/").slice(1).map(decodeSegment);
    if (keyword === "boolean") {
      problems.error(placeOf(path, keys), "is not a field that a module may set", "Remove it, or correct its name.");
    } else {
      const found = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], converted);
      problems.error(
        placeOf(path, keys),
        say`${shown(found)} ${fixed(message)}`,
        "Write the field as the Kubernetes API has it.",
      );
    }
  }
  return undefined;
}

function validatorOf(schema: TSchema): Validator {
  const known = compiled.get(schema) ?? Compile(schema);
  compiled.set(schema, known);
  return known;
}

/** How many values there are; undefined, and reported, when that, or one of them, is beyond its limit. */
function sizeWithin(path: string, value: unknown, problems: Problems) {
  const waiting = [value];
  let count = 0;
  let hasNulls = false;
  while (waiting.length > 0) {
    const next = waiting.pop();
    count++;
    if (next === null) hasNulls = true;
    if (typeof next === "string") {
      if (exceeds(limits.kubernetesText, path, next.length, problems)) return undefined;
    } else if (typeof next === "object" && next !== null) {
      const items: readonly unknown[] = Object.values(next);
      if (exceeds(limits.kubernetesEntries, path, items.length, problems)) return undefined;
      if (exceeds(limits.kubernetesValues, path, count + waiting.length + items.length, problems)) return undefined;
      waiting.push(...items);
    }
  }
  return { values: count, hasNulls };
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
