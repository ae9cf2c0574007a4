import Type, { type Static } from "typebox";
import { standing } from "./hub-standing.ts";

const closed = { additionalProperties: false } as const;

/** Under which name a device is known to which provisioning service. */
export const HubRegistrationSchema = Type.Object(
  {
    globalEndpoint: Type.String({
      description: "The service, such as `https://global.azure-devices-provisioning.net`.",
    }),
    idScope: Type.String({ description: "ID scope of the service." }),
    registrationId: Type.String({ description: "The device's name there." }),
  },
  closed,
);
export type HubRegistration = Static<typeof HubRegistrationSchema>;

/**
 * How a connected installation fares with its hub: what iotedged's leader writes into ConfigMap `iotedged-trust`, and what
 * every replica answers. Nothing of a key.
 */
export const HubRecordSchema = Type.Object(
  {
    hubHostname: Type.Optional(
      Type.String({ description: "Host name of the IoT Hub; absent until a provisioning service has named one." }),
    ),
    deviceId: Type.Optional(Type.String({ description: "The device's id there; absent together with `hubHostname`." })),
    registration: Type.Optional(HubRegistrationSchema),
    state: Type.Enum(["connecting", "connected", "failed"], {
      description:
        "`connected`: the hub has taken the last call. `failed`: it has not, and `problem` says why. `connecting`: none was made yet.",
    }),
    ...standing,
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
