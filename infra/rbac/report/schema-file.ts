import { ReportSchema } from "./model.ts";

/** Text of docs/schemas/rbac-diff.schema.json: the schema of `--output json`. */
export function reportSchemaFile(): string {
  return `${JSON.stringify(ReportSchema, null, 2)}\n`;
}
