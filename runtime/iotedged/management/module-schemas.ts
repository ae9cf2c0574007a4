import Type, { type Static } from "typebox";

const runtimeStatus = Type.Object({
  status: Type.Enum(["running", "stopped", "backoff", "failed", "unhealthy", "unknown"]),
  description: Type.Optional(Type.String()),
});

/** A module as the management API of IoT Edge describes it. */
export const moduleDetails = Type.Object({
  id: Type.String({ description: "UID of the module's Deployment or Job." }),
  name: Type.String({ description: "Module id." }),
  type: Type.Literal("docker"),
  config: Type.Object({
    settings: Type.Object({ image: Type.String(), createOptions: Type.Object({}) }),
    env: Type.Array(Type.Object({ key: Type.String(), value: Type.String() }), {
      description: "Always empty: a module's environment may hold secrets.",
    }),
  }),
  status: Type.Object({
    startTime: Type.Optional(Type.String()),
    exitStatus: Type.Optional(Type.Object({ exitTime: Type.String(), statusCode: Type.String() })),
    runtimeStatus,
  }),
});
export type ModuleDetails = Static<typeof moduleDetails>;

export const moduleList = Type.Object({ modules: Type.Array(moduleDetails) });

export const identityList = Type.Object({
  identities: Type.Array(
    Type.Object({
      moduleId: Type.String(),
      managedBy: Type.String(),
      generationId: Type.String({ description: "UID of the module's ServiceAccount." }),
      authType: Type.Literal("Sas"),
    }),
  ),
});
export type IdentityList = Static<typeof identityList>;

export const systemInfo = Type.Object({
  osType: Type.String(),
  architecture: Type.String({
    description: "JSON text of `[{name, nodes_count}]`, or `Kubernetes` where nodes are not observed.",
  }),
  version: Type.String(),
  provisioning: Type.Object({
    type: Type.String(),
    dynamicReprovisioning: Type.Boolean(),
    alwaysReprovisionOnStartup: Type.Boolean(),
  }),
  server_version: Type.String(),
  kernel_version: Type.String({ description: "That of the node of the answering replica." }),
  operating_system: Type.String(),
  cpus: Type.Integer({ description: "Processors of the node of the answering replica." }),
  virtualized: Type.String(),
});
/** Figures of the node that the answering replica runs on. */
export const systemResources = Type.Object({
  host_uptime: Type.Integer({ description: "Seconds." }),
  process_uptime: Type.Integer({ description: "Seconds since this replica of iotedged started." }),
  used_cpu: Type.Number({ description: "Per cent of all processors since the last call." }),
  used_ram: Type.Integer({ description: "Bytes." }),
  total_ram: Type.Integer({ description: "Bytes." }),
  disks: Type.Array(Type.Object({}), { description: "Always empty: a pod does not see the node's disks." }),
  docker_stats: Type.String({ description: "Always empty: there is no Docker." }),
});
export type SystemResources = Static<typeof systemResources>;
export type SystemInfo = Static<typeof systemInfo>;
