import Type, { type TSchema } from "typebox";
import { defaultModuleSettings, moduleUsers, policyProfileNames, recursiveReadOnlyModes } from "#contract";
import { text } from "./text-kinds.ts";

const closed = { additionalProperties: false } as const;
const section = <Properties extends Record<string, TSchema>>(description: string, properties: Properties) =>
  Type.Object(properties, { ...closed, description, default: {} });
const flag = (description: string, fallback = false) => Type.Boolean({ description, default: fallback });

const { volumes } = defaultModuleSettings;

const names = (kind: Parameters<typeof text>[0], description: string) =>
  Type.Optional(Type.Array(text(kind, "One of them."), { description }));

const door = (description: string) => Type.Optional(Type.Boolean({ description }));

/** `edgeAgent.policy`: what modules may ask for beyond the border of their namespace. */
export const ModulePolicyConfig = section(
  "What modules may have beyond their namespace's border; nothing by default.",
  {
    profile: Type.Enum([...policyProfileNames], {
      description: "A policy with a name; each key beside it counts instead of the profile's.",
      default: "restricted",
    }),
    hostPaths: Type.Optional(
      Type.Array(
        Type.Object(
          {
            pathPrefix: text("nodePath", "Path of the node that modules may mount, with all below it."),
            readOnly: flag("For reading only.", true),
            recursiveReadOnly: Type.Optional(
              Type.Enum([...recursiveReadOnlyModes], {
                description:
                  "Mounts below a path for reading only are so, too: on every node (Enabled, the default), or where the node can (IfPossible).",
              }),
            ),
          },
          closed,
        ),
        { description: "Paths of nodes that modules may mount." },
      ),
    ),
    hostNetwork: door("The node's network. Whoever is on the node then reaches the module's proxy, too."),
    hostPid: door("The node's processes."),
    hostIpc: door("The node's shared memory."),
    privileged: door("Containers that own their node."),
    root: door("User 0 inside of containers."),
    capabilities: Type.Optional(
      Type.Array(text("capability", "Name of a Linux capability, without CAP_."), {
        description: "Linux capabilities besides NET_BIND_SERVICE.",
      }),
    ),
    devices: Type.Optional(
      Type.Array(
        Type.Object(
          {
            path: Type.Optional(text("nodePath", "Path of the device on the node, as Devices has it.")),
            rule: Type.Optional(text("deviceRule", "Type and numbers of devices, as DeviceCgroupRules has them.")),
            resource: Type.Optional(text("resourceName", "Resource of a device plugin that gives the device.")),
            claimTemplate: Type.Optional(text("objectName", "ResourceClaimTemplate whose claims give the device.")),
          },
          closed,
        ),
        { description: "Devices of nodes, and by what modules get each." },
      ),
    ),
    gpu: Type.Optional(
      Type.Object(
        {
          resource: Type.Optional(text("resourceName", "Resource of a device plugin that gives GPUs.")),
          claimTemplate: Type.Optional(text("objectName", "ResourceClaimTemplate whose claims give GPUs.")),
          runtimeClassName: Type.Optional(text("objectName", "RuntimeClass of modules with GPUs.")),
        },
        { ...closed, description: "By what modules get GPUs, for Runtime nvidia and DeviceRequests." },
      ),
    ),
    hostPorts: names(
      "hostPort",
      "Ports of nodes that modules may have, where edgeAgent.hostPorts or hostNetwork lets them have any; those of the node itself, such as 22 and 10250, only one by one. Default: 1024-65535.",
    ),
    priorityClasses: names("priorityClass", "PriorityClasses that modules may have; default: none."),
    tolerations: names("labelKey", "Keys of taints that modules may tolerate; default: none."),
    nodeLabels: names(
      "labelKey",
      "Keys of labels by which modules may choose nodes, besides kubernetes.io/arch and os; default: none.",
    ),
    annotations: names(
      "annotationPrefix",
      "Domains of annotations that manifests may give to modules' pods, or beginnings of keys; default: none.",
    ),
  },
);

/** `edgeAgent.moduleUser`. */
export const ModuleUserConfig = Type.Optional(
  Type.Enum([...moduleUsers], {
    description:
      "User of modules that name none: fixed (1000), image (the image's own but root), docker (the image's own). Default: the profile's.",
  }),
);

/** `edgeAgent.userNumbers` and `groupNumbers`. */
export const numbersConfig = (of: string) =>
  Type.Record(
    Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_.-]{0,31}$" }),
    Type.Integer({ minimum: 0, maximum: 2_147_483_647 }),
    {
      description: `Numbers of ${of} that manifests call by name.`,
      default: {},
    },
  );

/** `edgeAgent.volumes`: what becomes of modules' named volumes. */
export const VolumesConfig = section("PersistentVolumeClaims of modules' named volumes.", {
  create: flag("Lets EdgeAgent make claims that are not there.", volumes.create),
  storageClassName: Type.Optional(text("objectName", "Class of new claims; default: the cluster's.")),
  size: text("quantity", "Size of new claims that name none.", volumes.size),
  accessMode: Type.Enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"], {
    description: "Access mode of new claims that name none.",
    default: volumes.accessMode,
  }),
  deletion: Type.Enum(["retain", "delete"], {
    description: "What becomes of a claim that EdgeAgent made, and of its data, once no module names it.",
    default: volumes.deletion,
  }),
});

/** `edgeAgent.hostPorts`. */
export const HostPortsConfig = Type.Enum(["ClusterIP", "NodePort", "LoadBalancer", "HostPort"], {
  description: "How ports that modules bind at the host are reached, where a module does not say so itself.",
  default: "ClusterIP",
});

/** `edgeAgent.lostNode`. */
export const LostNodeConfig = Type.Optional(
  Type.Object(
    {
      seconds: Type.Integer({
        description: "How long a module stays bound to a node that is lost, in seconds.",
        minimum: 0,
        maximum: 86_400,
      }),
      withVolume: Type.Enum(["move", "stay"], {
        description: "Whether a module whose volume one node alone can use moves without its node's consent, or waits.",
        default: "move",
      }),
    },
    { ...closed, description: "How modules leave a node that is lost; default: as the cluster has it." },
  ),
);
