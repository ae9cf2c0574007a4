import Type, { type Static } from "typebox";
import { policyProfileNames, recursiveReadOnlyModes, VolumeSettingsSchema } from "#contract";

const closed = { additionalProperties: false } as const;

export const FindingSchema = Type.Object(
  {
    severity: Type.Enum(["error", "warning"]),
    path: Type.String({ description: "Below `properties.desired`; empty for the document itself." }),
    message: Type.String(),
    remedy: Type.String(),
    file: Type.Optional(
      Type.String({ description: "The layer, or the `.env` beside, in which it stands; absent: `file` of the check." }),
    ),
    line: Type.Optional(Type.Integer({ description: "Counted from 1." })),
    column: Type.Optional(Type.Integer({ description: "Counted from 1." })),
    needs: Type.Optional(
      Type.String({
        description:
          "The key of `edgeAgent.policy` that would allow it, or of `edgeAgent` that would allow it or give it its effect.",
      }),
    ),
  },
  closed,
);
export type Finding = Static<typeof FindingSchema>;

const texts = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

const optionalText = Type.Optional(Type.String());

const PolicySchema = Type.Object(
  {
    profile: Type.Optional(Type.Enum([...policyProfileNames], { description: "The one that the installation has." })),
    hostNetwork: Type.Optional(Type.Boolean()),
    hostPid: Type.Optional(Type.Boolean()),
    hostIpc: Type.Optional(Type.Boolean()),
    privileged: Type.Optional(Type.Boolean()),
    root: Type.Optional(Type.Boolean()),
    capabilities: Type.Optional(Type.Array(Type.String())),
    devices: Type.Optional(
      Type.Array(
        Type.Object(
          { path: optionalText, rule: optionalText, resource: optionalText, claimTemplate: optionalText },
          closed,
        ),
        { description: "With names of resources as widespread device plugins have them, where the policy has none." },
      ),
    ),
    gpu: Type.Optional(
      Type.Object({ resource: optionalText, claimTemplate: optionalText, runtimeClassName: optionalText }, closed),
    ),
    hostPaths: Type.Optional(
      Type.Array(
        Type.Object(
          {
            pathPrefix: Type.String(),
            readOnly: Type.Boolean(),
            recursiveReadOnly: Type.Optional(Type.Enum([...recursiveReadOnlyModes])),
          },
          closed,
        ),
      ),
    ),
    hostPorts: texts("Ports of nodes, and ranges of them."),
    priorityClasses: texts("Names of PriorityClasses."),
    tolerations: texts("Keys of taints."),
    nodeLabels: texts("Keys of nodes' labels."),
    annotations: texts("Domains, and beginnings of keys."),
  },
  {
    ...closed,
    description:
      "What to write as `edgeAgent.policy` in place of the present one, of which it holds all; empty where nothing is missing.",
  },
);

const SwitchesSchema = Type.Object(
  {
    registryCredentials: Type.Optional(Type.Literal(true)),
    jobs: Type.Optional(Type.Literal(true)),
    volumes: Type.Optional(Type.Partial(VolumeSettingsSchema)),
  },
  {
    ...closed,
    description:
      "What to write below `edgeAgent` beside `policy`, for all of the manifest to be accepted and to have its effect; absent where nothing is missing.",
  },
);

/** What an installation makes of a manifest. */
export const JudgementSchema = Type.Object(
  {
    installation: Type.String(),
    accepted: Type.Boolean(),
    acceptedWithPolicy: Type.Boolean({
      description:
        "Whether it is accepted once `policy` is written in place of the present one, and `edgeAgent` beside it.",
    }),
    policy: PolicySchema,
    edgeAgent: Type.Optional(SwitchesSchema),
    profile: Type.Optional(
      Type.Enum([...policyProfileNames], {
        description:
          "The narrowest `edgeAgent.policy.profile` that lets the manifest have all that it asks for; absent where none does.",
      }),
    ),
    findings: Type.Array(FindingSchema),
  },
  closed,
);
export type Judgement = Static<typeof JudgementSchema>;

/** What `edgectl manifest check --json` prints. */
export const ManifestCheckSchema = Type.Object(
  {
    file: Type.String(),
    layers: Type.Optional(
      Type.Array(Type.String(), {
        description: "Files of layers over it, the lowest priority first; absent without any.",
      }),
    ),
    judgements: Type.Array(JudgementSchema),
  },
  { ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", title: "edgectl manifest check" },
);
export type ManifestCheck = Static<typeof ManifestCheckSchema>;

/** Text of docs/schemas/manifest-check.schema.json. */
export function manifestCheckSchemaFile(): string {
  return `${JSON.stringify(ManifestCheckSchema, null, 2)}\n`;
}
