import Type from "typebox";

const closed = { additionalProperties: false } as const;

/** A line that `edgectl rollout receive --json` prints. */
export const ReceivedSchema = Type.Object(
  {
    at: Type.String({ description: "When it was received, in ISO 8601." }),
    cluster: Type.String({ description: "Its key has signed the event." }),
    result: Type.Enum(["taken", "again", "late", "future", "crowded", "other", "unreadable", "tooMany", "failed"], {
      description: "taken: kept, and read by rollouts. The others were dropped; docs/rollouts.md explains each.",
    }),
    severity: Type.Optional(Type.Enum(["trace", "info", "error"])),
    reason: Type.Optional(Type.String({ description: "In Flux's words." })),
    digest: Type.Optional(Type.String({ description: "Artifact that it is about: sha256:..." })),
    message: Type.Optional(Type.String({ description: "Of Flux, its first 1000 characters in one line." })),
    problem: Type.Optional(Type.String({ description: "Why it could not be kept." })),
  },
  { ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", title: "edgectl rollout receive" },
);
