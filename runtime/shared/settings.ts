import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
import { runtimeErrors } from "./errors.ts";

const shownProblems = 10;

/**
 * Reads settings out of the JSON text of a mounted file.
 *
 * @param path for the error message
 * @throws EDGE_RUNTIME_SETTINGS_INVALID naming every wrong field, but not its value
 */
export function parseSettings<Schema extends TSchema>(schema: Schema, path: string, text: string): Static<Schema> {
  const value = parseJson(text);
  if (value === undefined) {
    throw runtimeErrors.EDGE_RUNTIME_SETTINGS_INVALID({ path, problems: "the file is not JSON" });
  }
  if (Value.Check(schema, value)) return value;
  const problems = Value.Errors(schema, value)
    .slice(0, shownProblems)
    .map((error) => `${error.instancePath.slice(1).replaceAll("/", ".") || "the whole"} ${error.message}`);
  throw runtimeErrors.EDGE_RUNTIME_SETTINGS_INVALID({ path, problems: problems.join("; ") });
}

/**
 * A variable that the pod's template always sets.
 *
 * @throws EDGE_RUNTIME_ENVIRONMENT_MISSING
 */
export function requireEnvironment(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = environment[name];
  if (!value) throw runtimeErrors.EDGE_RUNTIME_ENVIRONMENT_MISSING({ name });
  return value;
}
