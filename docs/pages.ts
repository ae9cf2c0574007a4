import { reportSchemaFile } from "../infra/rbac/report/schema-file.ts";
import { errorsPage } from "./errors-page.ts";
import { permissionsPage } from "./permissions-page.ts";

/** A page of docs/ that is made from code. */
export interface GeneratedPage {
  readonly url: URL;
  readonly content: string;
}

export function generatedPages(): readonly GeneratedPage[] {
  return [
    { url: new URL("errors.md", import.meta.url), content: errorsPage() },
    { url: new URL("permissions.md", import.meta.url), content: permissionsPage() },
    { url: new URL("schemas/rbac-diff.schema.json", import.meta.url), content: reportSchemaFile() },
  ];
}
