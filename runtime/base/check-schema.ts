import { createRequire } from "node:module";
import type { TSchema } from "typebox";
import { allowedBy, knownKeys, type SchemaNode, schemaOf } from "./allowed.ts";
import { nearest } from "./nearest.ts";
import { formatPath, formatValue, type Path, type Problem } from "./problem.ts";

type Values = typeof import("typebox/value");
type System = typeof import("typebox/system");
type ValidationError = ReturnType<Values["Errors"]>[number];

const require = createRequire(import.meta.url);

/** TypeBox, as far as it says what is wrong. */
export interface SchemaLibrary extends Pick<Values, "Errors">, Pick<System, "Settings"> {}

/** What in `values` the schema does not allow: one problem per place. */
export function checkSchema(values: unknown, isSecret: (path: Path) => boolean, schema: TSchema): readonly Problem[] {
  // Loaded by who checks something: it is most of what a small command would wait for.
  const { Errors }: Values = require("typebox/value");
  const { Settings }: System = require("typebox/system");
  return checkSchemaBy({ Errors, Settings }, values, isSecret, schema);
}

/** {@link checkSchema} for programs of images, which are one file: they cannot load the library later. */
export function checkSchemaBy(
  library: SchemaLibrary,
  values: unknown,
  isSecret: (path: Path) => boolean,
  schema: TSchema,
): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const problem of allErrors(library, values, schema).flatMap((error) =>
    problemsOf(error, values, isSecret, schema),
  )) {
    if (!problems.has(problem.path)) problems.set(problem.path, problem);
  }
  return [...problems.values()];
}

const maxErrors = 1000;

/** The library stops at its global limit, 8 by default. */
function allErrors({ Errors, Settings }: SchemaLibrary, values: unknown, schema: TSchema): readonly ValidationError[] {
  const { maxErrors: usual } = Settings.Get();
  Settings.Set({ maxErrors });
  try {
    return Errors(schema, values);
  } finally {
    Settings.Set({ maxErrors: usual });
  }
}

function problemsOf(
  error: ValidationError,
  values: unknown,
  isSecret: (path: Path) => boolean,
  root: TSchema,
): readonly Problem[] {
  const { path, schema, value } = locate(error.instancePath, values, root);
  switch (error.keyword) {
    case "required":
      return error.params.requiredProperties.map((key) => missing([...path, key], schemaOf(schema, key) ?? {}));
    case "additionalProperties":
      return error.params.additionalProperties.map((key) => unknownKey([...path, key], schema));
    case "boolean":
      return []; // The same as `additionalProperties`, once more per key.
    default:
      return [invalid(path, schema, value, isSecret(path))];
  }
}

function missing(path: Path, schema: SchemaNode): Problem {
  const example = schema.example === undefined ? "" : `, such as ${schema.example}`;
  return { path: formatPath(path), found: "is missing", allowed: allowedBy(schema), remedy: `Add it${example}.` };
}

function unknownKey(path: Path, parent: SchemaNode): Problem {
  const known = knownKeys(parent);
  const meant = nearest(String(path.at(-1)), known);
  return {
    path: formatPath(path),
    found: "is not a known key",
    allowed: `one of ${known.join(", ")}`,
    remedy: meant === undefined ? "Remove it." : `Did you mean ${meant}?`,
  };
}

function invalid(path: Path, schema: SchemaNode, value: unknown, secret: boolean): Problem {
  return {
    path: formatPath(path),
    found: secret ? "holds a secret of the wrong form" : `is ${formatValue(value)}`,
    allowed: allowedBy(schema),
    remedy: remedyFor(schema, value),
  };
}

function remedyFor(schema: SchemaNode, value: unknown): string {
  if (value === null) return "Give it a value, or remove the key.";
  if (schema.type === "string" && typeof value !== "string" && typeof value !== "object") return "Put it into quotes.";
  const meant = typeof value === "string" ? nearest(value, schema.enum ?? []) : undefined;
  if (meant !== undefined) return `Did you mean ${meant}?`;
  if (schema.example !== undefined) return `Write it like ${schema.example}.`;
  return remedyByType.get(schema.type ?? "") ?? "Choose one that is allowed.";
}

const remedyByType: ReadonlyMap<string, string> = new Map([
  ["integer", "Write a number of this range without quotes."],
  ["boolean", "Write true or false without quotes."],
  ["string", "Write a text of sensible length."],
  ["array", "Write a list."],
  ["object", "Write a map."],
]);

interface Location {
  readonly path: Path;
  readonly schema: SchemaNode;
  readonly value: unknown;
}

/** Follows a JSON pointer (RFC 6901) through values and schema. */
function locate(pointer: string, values: unknown, schema: TSchema): Location {
  const root: Location = { path: [], schema: schema as SchemaNode, value: values };
  return pointer.split("/").slice(1).reduce<Location>(step, root);
}

function step({ path, schema, value }: Location, token: string): Location {
  const text = token.replaceAll("~1", "/").replaceAll("~0", "~");
  const key = Array.isArray(value) ? Number(text) : text;
  return {
    path: [...path, key],
    schema: schemaOf(schema, key) ?? {},
    value: (value as Readonly<Record<string | number, unknown>>)[key],
  };
}
