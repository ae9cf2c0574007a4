import Type, { type Static } from "typebox";
import { dateTime, int64, uid } from "../api/formats.ts";

const runtimeStatus = Type.Object({
  status: Type.Enum(["running", "stopped", "backoff", "failed", "unhealthy", "unknown"]),
  description: Type.Optional(Type.String()),
});

/** A module as the management API of IoT Edge describes it. */
export const moduleDetails = Type.Object({
  id: uid("UID of the module's Deployment or Job."),
  name: Type.String({ description: "Module id." }),
  type: Type.Literal("docker"),
  config: Type.Object({
    settings: Type.Object({ image: Type.String(), createOptions: Type.Object({}) }),
    env: Type.Array(Type.Object({ key: Type.String(), value: Type.String() }), {
      description: "Always empty: a module's environment may hold secrets.",
    }),
  }),
  status: Type.Object({
    startTime: Type.Optional(dateTime("When the module's container, or else its pod, was started.")),
    exitStatus: Type.Optional(
      Type.Object({
        exitTime: dateTime("When the module's container ended last."),
        statusCode: Type.String({ pattern: "^-?[0-9]+$", description: "Its exit code." }),
      }),
    ),
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
      generationId: uid("UID of the module's ServiceAccount."),
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
  cpus: Type.Integer({ format: "int32", minimum: 0, description: "Processors of the node of the answering replica." }),
  total_memory: int64("Bytes of memory of the node of the answering replica. IoT Edge names it since 2022-08-03."),
  virtualized: Type.String(),
});
const disk = Type.Object({
  name: Type.String(),
  available_space: int64("Bytes."),
  total_space: int64("Bytes."),
  file_system: Type.String(),
  file_type: Type.String(),
});
/** Figures of the node that the answering replica runs on. */
export const systemResources = Type.Object({
  host_uptime: int64("Seconds."),
  process_uptime: int64("Seconds since this replica of iotedged started."),
  used_cpu: Type.Number({
    format: "double",
    minimum: 0,
    maximum: 100,
    description: "Per cent of all processors since the last call.",
  }),
  used_ram: int64("Bytes."),
  total_ram: int64("Bytes."),
  disks: Type.Array(disk, {
    maxItems: 0,
    description: "Always empty: a pod does not see the node's disks.",
  }),
  docker_stats: Type.String({ description: "Always empty: there is no Docker." }),
});
export type SystemResources = Static<typeof systemResources>;
export type SystemInfo = Static<typeof systemInfo>;
