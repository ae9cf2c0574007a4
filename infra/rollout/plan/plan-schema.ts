import Type, { type TProperties } from "typebox";
import { rolloutEngines } from "../model/engines.ts";

const closed = { additionalProperties: false } as const;
const object = <Properties extends TProperties>(properties: Properties, description?: string) =>
  Type.Object(properties, { ...closed, ...(description !== undefined && { description }) });
const sha256 = (description: string) => Type.String({ pattern: "^[0-9a-f]{64}$", description });
const names = (description: string) => Type.Array(Type.String(), { description });
const milliseconds = (description: string) => Type.Integer({ minimum: 0, description: `${description}, in ms.` });
const command = Type.Array(Type.String(), { minItems: 1, description: "Program and arguments." });

const asked = {
  name: Type.String(),
  intervalMs: milliseconds("From one evaluation to the next"),
  timeoutMs: milliseconds("After which the run halts"),
};
const GateSpecSchema = Type.Union([
  object({ kind: Type.Literal("health"), ...asked }),
  object({ kind: Type.Literal("command"), ...asked, command }),
  object({
    kind: Type.Literal("http"),
    ...asked,
    url: Type.String(),
    method: Type.Enum(["GET", "POST"]),
    statuses: Type.Array(Type.Integer()),
    contains: Type.Optional(Type.String()),
  }),
  object({
    kind: Type.Literal("prometheus"),
    ...asked,
    url: Type.String(),
    query: Type.String(),
    condition: object({ operator: Type.Enum(["<", "<=", ">", ">=", "=="]), value: Type.Number() }),
  }),
  object({
    kind: Type.Literal("approval"),
    name: Type.String(),
    approvers: names("Who may; empty: whoever reaches the run's folder."),
    validMs: milliseconds("How long an approval that is given ahead counts"),
    timeoutMs: asked.timeoutMs,
  }),
]);
const gates = Type.Array(
  object({
    id: Type.String({ description: "WAVE/before/NAME or WAVE/after/NAME, as `approve` takes it." }),
    wave: Type.String(),
    when: Type.Enum(["before", "after"]),
    spec: GateSpecSchema,
  }),
);

const WaveSchema = object({
  name: Type.String(),
  canary: Type.Boolean(),
  clusters: names("In the order of their turn."),
  maxConcurrency: Type.Integer({ minimum: 1 }),
  maxFailures: Type.Integer({ minimum: 0 }),
  progressDeadlineMs: milliseconds("From a cluster's turn until it has to be healthy"),
  bakeMs: milliseconds("How long a cluster must stay healthy"),
  before: gates,
  after: gates,
});

const ClusterSchema = object({
  name: Type.String(),
  stack: Type.String(),
  target: object({ context: Type.String(), kubeconfig: Type.Optional(Type.String()) }),
  engine: Type.Optional(Type.Enum([...rolloutEngines])),
  gitops: Type.Optional(
    object({
      repository: Type.String(),
      tag: Type.String({ description: "That the run moves." }),
      insecure: Type.Boolean(),
      kustomization: Type.String(),
      observe: Type.Enum(["api", "events"], { description: "How it is known what became of it." }),
      silenceMs: milliseconds("After which a cluster of `events` is not known to be healthy"),
      sign: Type.Optional(
        object({ command, verify: Type.Optional(command), timeoutMs: milliseconds("When one of them is ended") }),
      ),
    }),
  ),
  wave: Type.String(),
  changeDigest: Type.Optional(sha256("Of its changes; absent where they are not known.")),
  desiredDigest: Type.String({
    description: "SHA-256 of what would be deployed, in hex; empty where it is not known.",
  }),
});

const GroupSchema = object({
  digest: sha256("Of the changes."),
  clusters: names("That change in this way; none of them twice."),
  changes: Type.Array(
    object({
      operation: Type.Enum(["create", "update", "replace", "delete"]),
      object: Type.String({ description: "Such as apps/v1/Deployment edge-a/iotedged." }),
      fields: Type.Array(Type.String({ description: "In words; secrets as [secret]." })),
    }),
  ),
  rbac: object(
    {
      outcome: Type.Enum(["nothing", "changes", "undecided", "over-threshold"]),
      text: Type.String(),
    },
    "What the changes do to permissions.",
  ),
});

/** What `edgectl rollout plan --json` prints. */
export const PlanSchema = Type.Object(
  {
    fleet: Type.String(),
    git: object({ revision: Type.String(), dirty: Type.Boolean({ description: "Whether not all was committed." }) }),
    configHash: sha256("Over the fleet file and the configuration of all stacks."),
    images: Type.Record(Type.String(), Type.String(), { description: "References by their key." }),
    plan: object({
      waves: Type.Array(WaveSchema),
      clusters: Type.Record(Type.String(), ClusterSchema, { description: "By name." }),
      groups: Type.Array(GroupSchema, {
        description: "Clusters that change in the same way, the largest group first.",
      }),
      unselected: names("Clusters of the fleet that no wave takes."),
      unknown: Type.Optional(
        Type.Array(
          object({
            cluster: Type.String(),
            outcome: Type.Enum(["failed", "unreachable"], { description: "failed: a run would fail there, too." }),
            failure: object({ code: Type.String(), message: Type.String(), remedy: Type.String() }),
          }),
          { description: "Clusters whose changes are not known." },
        ),
      ),
    }),
  },
  { ...closed, $schema: "https://json-schema.org/draft/2020-12/schema", title: "edgectl rollout plan" },
);
