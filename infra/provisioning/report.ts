import Type, { type Static } from "typebox";

const closed = { additionalProperties: false } as const;

/** What was found of one link between the installation and its hub. */
export const ProvisioningResultSchema = Type.Object(
  {
    id: Type.String({ description: "Name of the check; stays." }),
    severity: Type.Enum(["ok", "warning", "error", "unknown"], {
      description: "`unknown`: it was not tried, since something before it is wrong.",
    }),
    message: Type.String(),
    evidence: Type.String({ description: "What was seen; empty where that says nothing." }),
    fix: Type.String({ description: "What to do; empty where nothing is wrong." }),
  },
  closed,
);
export type ProvisioningResult = Static<typeof ProvisioningResultSchema>;

/** What `edgectl provisioning check --json` prints. */
export const ProvisioningReportSchema = Type.Object(
  {
    stack: Type.String(),
    namespace: Type.String(),
    hubHostname: Type.Optional(Type.String({ description: "Where the device is; absent where that is not known." })),
    deviceId: Type.Optional(Type.String()),
    ok: Type.Boolean({ description: "Nothing is wrong or unknown; warnings do not count." }),
    checks: Type.Array(ProvisioningResultSchema),
  },
  { ...closed, title: "edgectl provisioning check --json" },
);
export type ProvisioningReport = Static<typeof ProvisioningReportSchema>;

const marks = { ok: "ok", warning: "warning", error: "error", unknown: "not tried" } as const;

/** The report as people read it. */
export function formatReport({ checks, hubHostname, deviceId }: ProvisioningReport): string {
  const lines = checks.flatMap(({ id, severity, message, evidence, fix }) => [
    `${marks[severity].padEnd(9)}  ${id}: ${message}`,
    ...(evidence === "" ? [] : [`           seen: ${evidence}`]),
    ...(fix === "" ? [] : [`           fix:  ${fix}`]),
  ]);
  const place = hubHostname === undefined ? [] : ["", `Device ${deviceId} of ${hubHostname}`];
  return `${[...lines, ...place].join("\n")}\n`;
}
