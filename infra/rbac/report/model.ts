import Type, { type Static, type TSchema } from "typebox";

const closed = { additionalProperties: false } as const;
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const SeveritySchema = Type.Enum(["low", "medium", "high", "critical"]);

const OriginSchema = Type.Object(
  {
    file: Type.Optional(Type.String()),
    line: Type.Optional(Type.Integer({ minimum: 1 })),
    urn: Type.Optional(Type.String({ description: "URN of the Pulumi resource." })),
    builtin: Type.Optional(Type.Boolean()),
  },
  closed,
);

const PowerLineSchema = Type.Object(
  {
    how: Type.Enum(["new", "widened", "removed", "narrowed"]),
    scope: Type.String({ description: "Namespace; `*` is the whole cluster." }),
    target: Type.String({ description: "Resource with group, subresource and name, or a path." }),
    verbs: Type.Array(Type.String()),
    via: Type.Array(Type.String(), { description: "Chains of binding and role that grant it." }),
    origin: OriginSchema,
  },
  { ...closed, description: "One or more verbs on one target in one scope." },
);

const MemberSchema = Type.Object({ cluster: Type.String(), subject: Type.String() }, closed);

const ChangeSchema = Type.Object(
  {
    subject: Type.String({ description: "With `{namespace}` in it when the change is the same for several." }),
    members: Type.Array(MemberSchema, { description: "All for whom the change is the same." }),
    gained: Type.Array(PowerLineSchema),
    lost: Type.Array(PowerLineSchema),
    unchanged: Type.Integer({ description: "Single permissions of each member that stay." }),
  },
  closed,
);

const WaiverSchema = Type.Object(
  { owner: Type.String(), reason: Type.String(), expires: Type.String({ description: "Last day, YYYY-MM-DD." }) },
  closed,
);

const ReachSchema = Type.Object(
  {
    power: Type.String({ description: "What the way ends in, such as `cluster-admin`." }),
    severity: SeveritySchema,
    steps: Type.Array(
      Type.Object(
        {
          by: Type.String({ description: "What is done; empty for what is so without doing anything." }),
          to: Type.String({ description: "Who one acts as after it; empty where that is the power itself." }),
        },
        closed,
      ),
    ),
  },
  { ...closed, description: "Where the permissions lead: the worst power that they come to, by the shortest way." },
);

const FindingSchema = Type.Object(
  {
    rule: Type.String(),
    title: Type.String(),
    severity: SeveritySchema,
    introduced: Type.Boolean({ description: "Whether the change brings it; false: it was there before." }),
    known: Type.Boolean({ description: "Whether the baseline holds it." }),
    waiver: nullable(WaiverSchema),
    about: Type.String(),
    scope: Type.String({ description: "Namespace; `*` is the whole cluster. `{namespace}` where there are several." }),
    scopes: Type.Array(Type.String(), { description: "All scopes of the finding." }),
    permissions: Type.Array(Type.String(), { description: "In a diff, of an introduced finding: the new ones alone." }),
    earlier: Type.Array(Type.String(), { description: "Permissions of the same rule that were there before." }),
    leadsFurther: Type.Boolean({
      description: "Whether the permissions were there before, and only where they lead is new.",
    }),
    reach: nullable(ReachSchema),
    unknown: nullable(
      Type.String({ description: "Where a way ends because the input does not tell what comes next." }),
    ),
    via: Type.Array(Type.String()),
    why: Type.String(),
    source: Type.String(),
    fix: Type.String(),
    cis: Type.Optional(Type.Array(Type.String(), { description: "Controls of the CIS Kubernetes Benchmark." })),
    mitre: Type.Optional(Type.Array(Type.String(), { description: "Techniques of MITRE ATT&CK." })),
    instances: Type.Array(
      Type.Object(
        {
          cluster: Type.String(),
          about: Type.String(),
          scope: Type.String(),
          fingerprint: Type.String(),
          origin: OriginSchema,
        },
        closed,
      ),
    ),
  },
  closed,
);

/** The report of a diff or of a lint run: everything that any output shows. */
export const ReportSchema = Type.Object(
  {
    version: Type.Literal(1),
    kind: Type.Enum(["diff", "lint"]),
    base: nullable(Type.String()),
    head: Type.String(),
    verdict: Type.Object(
      {
        outcome: Type.Enum(["nothing", "changes", "undecided", "over-threshold"]),
        text: Type.String(),
        worst: nullable(SeveritySchema),
        gained: Type.Integer(),
        lost: Type.Integer(),
        threshold: nullable(SeveritySchema),
      },
      closed,
    ),
    changes: Type.Array(ChangeSchema),
    retargeted: Type.Array(
      Type.Object(
        {
          cluster: Type.String(),
          binding: Type.String(),
          from: Type.String(),
          to: Type.String(),
          withoutAccess: Type.Array(Type.String(), {
            description: "Subjects that hold neither role while the binding is deleted and made anew.",
          }),
          origin: OriginSchema,
        },
        closed,
      ),
    ),
    latent: Type.Array(
      Type.Object(
        {
          cluster: Type.String(),
          role: Type.String(),
          how: Type.Enum(["added", "removed", "changed"]),
          gained: Type.Array(Type.String()),
          lost: Type.Array(Type.String()),
          origin: OriginSchema,
        },
        closed,
      ),
      { description: "Roles that change while no binding in the input refers to them." },
    ),
    unresolved: Type.Array(
      Type.Object(
        {
          cluster: Type.String(),
          side: Type.Enum(["base", "head", "same"]),
          reason: Type.String(),
          object: Type.String(),
          path: Type.String(),
          detail: Type.String(),
          origin: OriginSchema,
        },
        closed,
      ),
    ),
    findings: Type.Array(FindingSchema),
    expiredWaivers: Type.Array(Type.String()),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "RBAC report of edgectl",
    description: "Effective permissions that change between two states of a cluster, and what is risky about them.",
  },
);

export type Report = Static<typeof ReportSchema>;
export type Change = Static<typeof ChangeSchema>;
export type PowerLine = Static<typeof PowerLineSchema>;
export type FindingEntry = Static<typeof FindingSchema>;
