import Type, { type Static } from "typebox";
import { cleanLine } from "../terminal/index.ts";

const closed = { additionalProperties: false } as const;

const FindingSchema = Type.Object(
  {
    id: Type.String({ description: "docs/migration.md explains each." }),
    severity: Type.Enum(["error", "warning", "info"], {
      description:
        "error: without it the stack does not do what it did; warning: something changes; info: nothing to do.",
    }),
    message: Type.String(),
    evidence: Type.String({
      description: "File, line where it is known, and key. Never a value that may be a secret.",
    }),
    fix: Type.String({ description: "Empty where there is nothing to do." }),
  },
  closed,
);
export type Finding = Static<typeof FindingSchema>;

/** What `edgectl migrate --json` prints. */
export const MigrationSchema = Type.Object(
  {
    stack: Type.String(),
    files: Type.Array(Type.String(), { description: "What was written, relative to the project." }),
    converted: Type.Array(
      Type.Object(
        { from: Type.String(), to: Type.String({ description: "Key of the installation or the stack." }) },
        closed,
      ),
    ),
    findings: Type.Array(FindingSchema),
  },
  { ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", title: "edgectl migrate" },
);
export type Migration = Static<typeof MigrationSchema>;

/** One line for each: names of keys and modules are those of the files. */
export function formatMigration({ files, converted, findings }: Migration): string {
  const lines = [
    ...files.map((file) => `wrote ${file}`),
    ...converted.map(({ from, to }) => `  converted  ${from} -> ${to}`),
    ...findings.flatMap(({ id, severity, message, evidence, fix }) => [
      `  ${severity.padEnd(9)}  ${id}: ${message}`,
      `             seen: ${evidence}`,
      ...(fix === "" ? [] : [`             fix:  ${fix}`]),
    ]),
  ];
  return lines.map((line) => `${cleanLine(line)}\n`).join("");
}
