import Type, { type Static, type TObject, type TProperties } from "typebox";
import { HubRecordSchema, TwinRecordSchema } from "#contract";
import { causes } from "./findings/causes.ts";
import type { InstallationState } from "./installation-state.ts";

const closed = { additionalProperties: false } as const;
const draft = "https://json-schema.org/draft/2020-12/schema";

const FindingSchema = Type.Object(
  {
    id: Type.Enum(Object.keys(causes), { description: "docs/troubleshooting.md explains each." }),
    severity: Type.Enum(["error", "warning"]),
    namespace: Type.String(),
    component: Type.Optional(
      Type.String({ description: "iotedged, edgeagent, or a module's id; absent for the installation as a whole." }),
    ),
    message: Type.String(),
    evidence: Type.String({ description: "What it was read from, as the cluster says it." }),
    fix: Type.String(),
  },
  closed,
);

const ComponentSchema = Type.Object(
  {
    component: Type.Enum(["iotedged", "edgeagent", "module"]),
    name: Type.String({ description: "`iotedged`, `edgeagent`, or the module's id." }),
    ready: Type.Boolean(),
    state: Type.String({ description: "One word, such as running, starting, missing, stopped, backoff." }),
    restarts: Type.Integer(),
    image: Type.String(),
    reason: Type.Optional(Type.String({ description: "What it waits for, where it is not ready." })),
  },
  closed,
);

const TwinStateSchema = Type.Object(
  {
    ...TwinRecordSchema.properties,
    code: Type.Integer({ description: "What EdgeAgent says of the manifest: 200, 400, 406, 417 or 500." }),
  },
  closed,
);

const InstallationSchema = Type.Object(
  {
    namespace: Type.String(),
    name: Type.Optional(Type.String({ description: "Absent where not even Deployment iotedged is there." })),
    ready: Type.Boolean(),
    components: Type.Array(ComponentSchema),
    hub: Type.Optional(HubRecordSchema),
    twin: Type.Optional(TwinStateSchema),
    problem: Type.Optional(Type.String({ description: "What EdgeAgent has against the manifest." })),
    findings: Type.Array(FindingSchema),
  },
  closed,
);

/** How an installation fares, as `--json` prints it. */
export type InstallationReport = Static<typeof InstallationSchema>;

/** What `edgectl status --json` prints. */
export const StatusSchema = Type.Object(
  {
    context: Type.String(),
    ready: Type.Boolean({ description: "Whether there is an installation, and all of them are ready." }),
    installations: Type.Array(InstallationSchema),
  },
  { ...closed, $schema: draft, title: "edgectl status" },
);

/** What `edgectl up --json` prints once all is ready. */
export const UpSchema = Type.Object(
  {
    stack: Type.String(),
    context: Type.String(),
    engine: Type.Enum(["pulumi", "render"]),
    objects: Type.Integer({ description: "How many objects the stack has." }),
    installations: Type.Array(InstallationSchema),
  },
  { ...closed, $schema: draft, title: "edgectl up" },
);

const RefusingCheckSchema = Type.Object(
  {
    id: Type.String({ description: "docs/check.md explains each." }),
    severity: Type.Literal("error"),
    scope: Type.String({ description: "The stack." }),
    component: Type.Optional(Type.String()),
    message: Type.String(),
    evidence: Type.String(),
    fix: Type.String(),
    docs: Type.String(),
  },
  closed,
);

/** What `edgectl up --json` prints on stderr when the stack does not become ready. */
export const UpErrorSchema = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String({ description: "docs/errors.md explains each." }),
        message: Type.String(),
        remedy: Type.String(),
        findings: Type.Optional(Type.Array(FindingSchema)),
        checks: Type.Optional(
          Type.Array(RefusingCheckSchema, { description: "What was wrong before anything was written." }),
        ),
        stack: Type.Optional(Type.String({ description: "Stack trace, with EDGE_DEBUG=1." })),
      },
      closed,
    ),
  },
  { ...closed, $schema: draft, title: "edgectl up, failed" },
);

/** Text of a file in docs/schemas. */
export function schemaFile(schema: TObject<TProperties>): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Installations without what only the waiting for them needs. */
export function reportOf(states: readonly InstallationState[]): readonly InstallationReport[] {
  return states.map(({ namespace, ready, components, findings, name, hub, problem }) => ({
    namespace,
    ...(name === undefined ? {} : { name }),
    ready,
    ...(hub === undefined ? {} : { hub }),
    ...(problem === undefined ? {} : { problem }),
    components: components.map(({ readySince: _, reason, ...component }) => ({
      ...component,
      ...(reason === undefined ? {} : { reason }),
    })),
    findings: findings.map(({ seen: _, ...finding }) => finding),
  }));
}
