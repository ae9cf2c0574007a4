import Type, { type Static } from "typebox";
import { ModuleSettingsSchema } from "./module-settings.ts";

const closed = { additionalProperties: false } as const;

export const ResourceRequirementsSchema = Type.Object(
  {
    requests: Type.Optional(Type.Record(Type.String(), Type.String())),
    limits: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  closed,
);

/** On which nodes a daemon runs, and before whom it may have them; as Kubernetes has it. */
const PlacementSchema = Type.Object(
  {
    nodeSelector: Type.Optional(Type.Record(Type.String(), Type.String())),
    tolerations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            key: Type.Optional(Type.String()),
            operator: Type.Optional(Type.String()),
            value: Type.Optional(Type.String()),
            effect: Type.Optional(Type.String()),
            tolerationSeconds: Type.Optional(Type.Integer()),
          },
          closed,
        ),
      ),
    ),
    affinity: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    priorityClassName: Type.Optional(Type.String()),
  },
  closed,
);
export type Placement = Static<typeof PlacementSchema>;

const ContainerSettingsSchema = Type.Object(
  {
    image: Type.String({ minLength: 1 }),
    imagePullPolicy: Type.Union([Type.Literal("Always"), Type.Literal("IfNotPresent"), Type.Literal("Never")]),
    resources: ResourceRequirementsSchema,
  },
  closed,
);

const ProxySettingsSchema = Type.Object(
  {
    ...ContainerSettingsSchema.properties,
    /** Connections of modules that a proxy keeps at a time; settings of before have none. */
    maxConnections: Type.Optional(Type.Integer({ minimum: 64, maximum: 4000 })),
    /** Whether proxies listen on IPv6 as well; so they do where it is not said. */
    ipv6: Type.Optional(Type.Boolean()),
  },
  closed,
);

/**
 * Content of ConfigMap `iotedged-agent-config`: what iotedged starts EdgeAgent from, and what EdgeAgent gives to every
 * module's pod.
 */
export const AgentSettingsSchema = Type.Object(
  {
    /** `false`: iotedged deletes Deployment `edgeagent`; modules that run are left alone. */
    enabled: Type.Boolean(),
    /** Pods of EdgeAgent; one of them works, the others stand by. */
    replicas: Type.Integer({ minimum: 1, maximum: 10 }),
    edgeAgent: Type.Object(
      { ...ContainerSettingsSchema.properties, placement: Type.Optional(PlacementSchema) },
      closed,
    ),
    proxy: ProxySettingsSchema,
    /** Names of Secrets of type `kubernetes.io/dockerconfigjson` in the namespace. */
    imagePullSecrets: Type.Array(Type.String()),
    modules: ModuleSettingsSchema,
    /** Whether the platform gives pods their users and groups, as OpenShift does; absent: pods name their own. */
    assignedUsers: Type.Optional(Type.Boolean()),
    logLevel: Type.Union([Type.Literal("debug"), Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")]),
  },
  closed,
);
export type AgentSettings = Static<typeof AgentSettingsSchema>;
export type ProxySettings = Static<typeof ProxySettingsSchema>;
