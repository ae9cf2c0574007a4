import Type, { type Static } from "typebox";
import type { CheckResult } from "../model/check.ts";
import { type Severity, severities } from "../model/verdict.ts";

const closed = { additionalProperties: false } as const;

const CheckSchema = Type.Object(
  {
    id: Type.String({ description: "docs/check.md explains each." }),
    what: Type.String({ description: "What is so where nothing is wrong." }),
    severity: Type.Enum([...severities], { description: "unknown: it could not be seen, and the message says why." }),
    scope: Type.String({ description: "`cluster`, or the namespace of an installation." }),
    component: Type.Optional(Type.String({ description: "iotedged, edgeagent, or a module's id." })),
    cause: Type.Optional(Type.String({ description: "Id of the cause, where docs/troubleshooting.md explains it." })),
    message: Type.String(),
    evidence: Type.String({ description: "What it was read from. Never a secret." }),
    fix: Type.String({ description: "Empty where nothing is wrong." }),
    docs: Type.String(),
    milliseconds: Type.Optional(Type.Integer({ description: "How long the link took, of `check module`." })),
  },
  closed,
);

/** What `edgectl check --json` prints; with `--watch` one after the other. */
export const CheckReportSchema = Type.Object(
  {
    context: Type.String(),
    mode: Type.Enum(["before", "after", "module"]),
    stack: Type.Optional(Type.String()),
    module: Type.Optional(Type.String()),
    time: Type.String({ description: "When it was looked, in ISO 8601." }),
    ok: Type.Boolean({ description: "Whether nothing is wrong and nothing is unknown; warnings do not count." }),
    counts: Type.Object(
      { ok: Type.Integer(), warning: Type.Integer(), error: Type.Integer(), unknown: Type.Integer() },
      closed,
    ),
    checks: Type.Array(CheckSchema),
  },
  { ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", title: "edgectl check" },
);
export type CheckReport = Static<typeof CheckReportSchema>;

export function checkReportSchemaFile(): string {
  return `${JSON.stringify(CheckReportSchema, null, 2)}\n`;
}

/** What was looked at, and when. */
export type About = Pick<CheckReport, "context" | "mode" | "stack" | "module" | "time">;

export function reportOf(about: About, results: readonly CheckResult[]): CheckReport {
  const count = (severity: Severity) => results.filter((one) => one.severity === severity).length;
  const counts = { ok: count("ok"), warning: count("warning"), error: count("error"), unknown: count("unknown") };
  const ok = counts.error === 0 && counts.unknown === 0;
  return { ...about, ok, counts, checks: results.map(toJson) };
}

/** Without what is not known, so that no key is there without a value. */
function toJson({ component, cause, milliseconds, ...result }: CheckResult): CheckReport["checks"][number] {
  return {
    ...result,
    ...(component === undefined ? {} : { component }),
    ...(cause === undefined ? {} : { cause }),
    ...(milliseconds === undefined ? {} : { milliseconds: Math.round(milliseconds) }),
  };
}
