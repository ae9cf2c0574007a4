import Type, { type Static, type TProperties } from "typebox";
import { rolloutEngines } from "../model/engines.ts";
import { text } from "./text-kinds.ts";

const closed = { additionalProperties: false } as const;
const section = <Properties extends TProperties>(description: string, properties: Properties) =>
  Type.Object(properties, { ...closed, description, default: {} });
const optionalSection = <Properties extends TProperties>(description: string, properties: Properties) =>
  Type.Optional(Type.Object(properties, { ...closed, description }));
const count = (description: string, minimum: number, maximum: number, fallback: number) =>
  Type.Integer({ description, minimum, maximum, default: fallback });
const labels = (description: string) => Type.Record(Type.String(), text("labelValue", "Value."), { description });
const command = (description: string) =>
  Type.Array(text("free", "A word of the command."), { description, minItems: 1, maxItems: 100 });

/** The number of clusters that a share stands for is rounded down. */
const limit = (description: string, minimum: number, fallback?: number | string) =>
  Type.Union([Type.Integer({ minimum, maximum: 10_000 }), text("percent", "Share of the wave's clusters.")], {
    description,
    allowed: `a whole number from ${minimum} to 10000, or a share such as 10%`,
    example: "10%",
    ...(fallback !== undefined && { default: fallback }),
  });

const GateSchema = Type.Object(
  {
    name: Type.Optional(text("name", "Name of the gate; default: its kind.")),
    health: optionalSection("All clusters that are done so far are healthy.", {}),
    command: Type.Optional(command("Program and arguments; the gate passes when it ends with 0.")),
    http: optionalSection("An address answers with one of the expected status codes, and with the expected text.", {
      url: text("url", "Address to ask."),
      method: Type.Enum(["GET", "POST"], { description: "Method of the request.", default: "GET" }),
      statuses: Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), {
        description: "Status codes that pass.",
        minItems: 1,
        maxItems: 20,
        default: [200],
      }),
      contains: Type.Optional(text("free", "Text that the body must contain, too; default: any body will do.")),
    }),
    prometheus: optionalSection("Every sample of a query's result meets a condition.", {
      url: text("url", "Address of the Prometheus server."),
      query: text("free", "Query in PromQL."),
      condition: text("condition", "What every sample must meet, such as `< 0.01`."),
    }),
    approval: optionalSection("Somebody says yes, with `edgectl rollout approve`.", {
      approvers: Type.Array(text("free", "A name as `approve` takes it from the environment."), {
        description: "Who may; default: whoever can write to the run's folder.",
        maxItems: 100,
        default: [],
      }),
      valid: text("duration", "How long an approval that is given ahead counts.", "24h"),
    }),
    interval: text("duration", "Time from one evaluation to the next.", "30s"),
    timeout: Type.Optional(
      text("duration", "When the run halts because the gate has not passed; default: 10m, of an approval 7d."),
    ),
  },
  closed,
);
const gates = (description: string) => Type.Array(GateSchema, { description, maxItems: 20, default: [] });

const WaveSchema = Type.Object(
  {
    name: text("name", "Name of the wave, unique in the fleet."),
    canary: Type.Boolean({
      description: "All clusters of the wave must succeed. The first wave must be one.",
      default: false,
    }),
    matchLabels: Type.Optional(labels("Takes the clusters with all these labels that no earlier wave has taken.")),
    clusters: Type.Optional(
      Type.Array(text("name", "Name of a cluster."), {
        description: "Takes these clusters, in this order.",
        minItems: 1,
        maxItems: 10_000,
      }),
    ),
    maxConcurrency: Type.Optional(limit("As in strategy, for this wave.", 1)),
    maxFailures: Type.Optional(limit("As in strategy, for this wave.", 0)),
    progressDeadline: Type.Optional(text("duration", "As in strategy, for this wave.")),
    bake: Type.Optional(text("duration", "As in strategy, for this wave.")),
    before: gates("What must hold before the wave begins."),
    after: gates("What must hold before the next wave begins."),
  },
  closed,
);

const ClusterSchema = Type.Object(
  {
    name: text("name", "Name of the cluster, unique in the fleet."),
    stack: Type.Optional(text("stack", "Stack that is deployed there; default: the cluster's name.")),
    context: Type.Optional(
      text(
        "free",
        "Context in the kubeconfig; default: the cluster's name. With gitops and without both, what Flux reports counts.",
      ),
    ),
    kubeconfig: Type.Optional(
      text("free", "Path of the kubeconfig, relative to Pulumi.yaml; default: $KUBECONFIG, or ~/.kube/config."),
    ),
    engine: Type.Optional(
      Type.Enum([...rolloutEngines], {
        description: "Who deploys; default: Pulumi where it is installed. gitops: Flux, which follows a tag.",
      }),
    ),
    gitops: optionalSection("As in gitops of the fleet, for this cluster.", {
      artifact: Type.Optional(text("artifact", "Artifact that Flux follows.")),
      kustomization: Type.Optional(text("object", "Flux's Kustomization that applies it.")),
    }),
    labels: Type.Record(Type.String(), text("labelValue", "Value."), {
      description: "What waves select the cluster by.",
      default: {},
    }),
  },
  closed,
);

const StrategySchema = Type.Object(
  {
    maxConcurrency: limit("Clusters of a wave that are worked on at the same time; baking ones do not count.", 1, 1),
    maxFailures: limit("Clusters of a wave that may fail; one more halts the run.", 0, 0),
    progressDeadline: text("duration", "Time from a cluster's turn until it must be healthy.", "15m"),
    bake: text("duration", "How long a cluster must stay healthy before it is done.", "5m"),
    health: section("How health is looked at after a change and while baking.", {
      interval: text("duration", "Time from one look to the next.", "30s"),
      failuresInARow: count("Looks in a row that a baking cluster must fail to have failed.", 1, 100, 2),
    }),
    requeue: section("How a cluster that cannot be reached is tried again.", {
      first: text("duration", "Wait before the second try; each further one is twice as long.", "30s"),
      max: text("duration", "Longest wait.", "5m"),
    }),
    preflightConcurrency: count("Clusters that are looked at at the same time before the first wave.", 1, 1000, 20),
    onHalt: Type.Enum(["wait", "rollback"], {
      description: "What follows a halt: the operator decides, or all touched clusters go back.",
      default: "wait",
    }),
    waves: Type.Array(WaveSchema, { description: "Waves, in their order.", minItems: 1, maxItems: 100 }),
  },
  { ...closed, description: "How the fleet is rolled out." },
);

/** stacks/fleet.yaml. */
export const FleetSchema = Type.Object(
  {
    name: text("name", "Name of the fleet."),
    clusters: Type.Array(ClusterSchema, { description: "Clusters of the fleet.", minItems: 1, maxItems: 10_000 }),
    strategy: StrategySchema,
    gitops: optionalSection("Of clusters with `engine: gitops`.", {
      artifact: Type.Optional(text("artifact", "Artifact that Flux follows; {cluster} stands for the cluster's name.")),
      insecure: Type.Boolean({
        description: "Whether the registry speaks plain HTTP, or has a certificate that is not verified.",
        default: false,
      }),
      kustomization: text("object", "Flux's Kustomization that applies it.", "flux-system/iotedge"),
      silence: text(
        "duration",
        "After which a cluster without a context whose Flux reports nothing is not known to be healthy; several of Flux's intervals.",
        "15m",
      ),
      sign: optionalSection("Signs what a run publishes, before Flux sees it.", {
        command: command("Program and arguments, such as cosign's; gets registry/path@sha256:... as its last word."),
        verify: Type.Optional(
          command(
            "Program and arguments that end with 0 where the signature is good, such as cosign's; gets the same last word; default: what an artifact says of its signer is believed.",
          ),
        ),
        timeout: text("duration", "When one of the commands is ended.", "1m"),
      }),
    }),
    notify: Type.Array(
      Type.Object(
        {
          command: command("Program and arguments; gets the notification as JSON on its standard input."),
          timeout: text("duration", "When the command is ended.", "30s"),
        },
        closed,
      ),
      { description: "Commands that are told of what happens.", maxItems: 20, default: [] },
    ),
  },
  {
    ...closed,
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Fleet file of edgectl",
    description: "Clusters of a fleet, and how a change is rolled out over them.",
  },
);

/** The fleet file as it is written, with defaults filled in. */
export type WrittenFleet = Static<typeof FleetSchema>;
export type WrittenWave = WrittenFleet["strategy"]["waves"][number];
export type WrittenGate = WrittenWave["before"][number];

export const allGateKinds = ["health", "command", "http", "prometheus", "approval"] as const;
export type GateKind = (typeof allGateKinds)[number];

/** Which kinds of gate an entry names; there must be one. */
export function gateKinds(gate: Partial<WrittenGate>): readonly GateKind[] {
  return allGateKinds.filter((kind) => gate[kind] !== undefined);
}

/** Text of docs/schemas/fleet.schema.json, for editors: there, what has a default may be left out. */
export function fleetSchemaFile(): string {
  return `${JSON.stringify(forEditors(FleetSchema as unknown as Node), null, 2)}\n`;
}

type Node = Readonly<Record<string, unknown>>;

function forEditors(node: Node): Node {
  const { allowed: _, example: __, required, properties, ...rest } = node;
  const own = Object.entries(rest).map(([key, value]) => [key, editorValue(value)]);
  if (properties === undefined) return Object.fromEntries(own);
  const parts = Object.entries(properties as Readonly<Record<string, Node>>);
  const needed = parts.filter(([key, part]) => (required as readonly string[])?.includes(key) && !("default" in part));
  return {
    ...Object.fromEntries(own),
    properties: Object.fromEntries(parts.map(([key, part]) => [key, forEditors(part)])),
    ...(needed.length > 0 && { required: needed.map(([key]) => key) }),
  };
}

function editorValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(editorValue);
  return typeof value === "object" && value !== null ? forEditors(value as Node) : value;
}
