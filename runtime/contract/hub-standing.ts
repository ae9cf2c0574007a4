import Type from "typebox";

/** What a record of a connection to IoT Hub says beside its state. */
export const standing = {
  since: Type.String({ description: "Since when, as a time of RFC 3339." }),
  problem: Type.Optional(
    Type.Object(
      {
        code: Type.String({ description: "Such as `EDGE_HUB_AWAY`; docs/errors.md has them all." }),
        message: Type.String(),
      },
      { additionalProperties: false },
    ),
  ),
} as const;
