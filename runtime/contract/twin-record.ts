import Type, { type Static } from "typebox";

const closed = { additionalProperties: false } as const;

/** How EdgeAgent stands with IoT Hub: `hub` in ConfigMap `edgeagent-status` of a connected installation. Nothing of a key. */
export const TwinRecordSchema = Type.Object(
  {
    state: Type.Enum(["connecting", "connected", "disconnected"], {
      description:
        "`connected`: as `$edgeAgent`. `disconnected`: `problem` says why; it is tried again. `connecting`: for the first time.",
    }),
    since: Type.String({ description: "Since when, as a time of RFC 3339." }),
    problem: Type.Optional(
      Type.Object(
        {
          code: Type.String({ description: "`EDGE_HUB_...` or `EDGE_AGENT_HUB_...`, as docs/errors.md has it." }),
          message: Type.String(),
        },
        closed,
      ),
    ),
    desiredVersion: Type.Optional(
      Type.Number({ description: "`$version` of the desired properties that were read last." }),
    ),
    reportedVersion: Type.Optional(
      Type.Number({ description: "`lastDesiredVersion` of the reported properties that the hub has taken last." }),
    ),
  },
  closed,
);
export type TwinRecord = Static<typeof TwinRecordSchema>;
