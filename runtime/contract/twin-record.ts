import Type, { type Static } from "typebox";
import { standing } from "./hub-standing.ts";

const closed = { additionalProperties: false } as const;

/** How EdgeAgent stands with IoT Hub: `hub` in ConfigMap `edgeagent-status` of a connected installation. Nothing of a key. */
export const TwinRecordSchema = Type.Object(
  {
    state: Type.Enum(["connecting", "connected", "disconnected"], {
      description:
        "`connected`: as `$edgeAgent`. `disconnected`: `problem` says why; it is tried again. `connecting`: for the first time.",
    }),
    ...standing,
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
