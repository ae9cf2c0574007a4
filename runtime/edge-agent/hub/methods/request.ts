import Type, { type Static, type TSchema } from "typebox";
import { Settings } from "typebox/system";
import { Errors } from "typebox/value";
import { checkSchemaBy, formatProblems, type Json } from "#base";
import { MethodFailure } from "./method-failure.ts";

/** What every request has that has anything. */
export const requestFields = { schemaVersion: Type.String({ pattern: "^1(\\.\\d{1,4}){1,2}$", maxLength: 16 }) };

/** The request of a direct method. @throws MethodFailure 400 that names each field that is wrong */
export function readRequest<Schema extends TSchema>(payload: Json | undefined, schema: Schema): Static<Schema> {
  const problems = checkSchemaBy({ Errors, Settings }, payload, () => false, schema);
  if (problems.length > 0) throw new MethodFailure(400, formatProblems(problems.slice(0, 10)));
  return payload as Static<Schema>;
}
