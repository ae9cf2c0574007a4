import Type, { type Static } from "typebox";

const closed = { additionalProperties: false } as const;

/**
 * How a connected installation fares with its hub: what iotedged's leader writes into ConfigMap `iotedged-trust`, and what
 * every replica answers. Nothing of a key.
 */
export const HubRecordSchema = Type.Object(
  {
    hubHostname: Type.String({ description: "Host name of the IoT Hub." }),
    deviceId: Type.String({ description: "The device's id there." }),
    state: Type.Enum(["connecting", "connected", "failed"], {
      description:
        "`connected`: the hub has taken the last call. `failed`: it has not, and `problem` says why. `connecting`: none was made yet.",
    }),
    since: Type.String({ description: "Since when, as a time of RFC 3339." }),
    problem: Type.Optional(
      Type.Object(
        {
          code: Type.String({ description: "`EDGE_HUB_...`, as docs/errors.md has it." }),
          message: Type.String(),
        },
        closed,
      ),
    ),
    identities: Type.Array(
      Type.Object(
        {
          moduleId: Type.String(),
          generationId: Type.String({ description: "The generation that the state is of." }),
          state: Type.Enum(["ready", "waiting", "foreign", "refused"], {
            description:
              "`ready`: the hub has the key that iotedged signs with. `waiting`: it will have it soon. `foreign`: somebody else has made the identity, and it is left alone. `refused`: the hub has refused it.",
          }),
        },
        closed,
      ),
      { maxItems: 2000 },
    ),
  },
  closed,
);
export type HubRecord = Static<typeof HubRecordSchema>;
export type RegisteredIdentity = HubRecord["identities"][number];
