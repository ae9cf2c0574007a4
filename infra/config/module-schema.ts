import Type, { type TSchema } from "typebox";
import { defaultModuleSettings } from "#contract";
import { text } from "./text-kinds.ts";

const closed = { additionalProperties: false } as const;
const section = <Properties extends Record<string, TSchema>>(description: string, properties: Properties) =>
  Type.Object(properties, { ...closed, description, default: {} });
const flag = (description: string, fallback = false) => Type.Boolean({ description, default: fallback });

const { volumes } = defaultModuleSettings;

/** `edgeAgent.policy`: what modules may ask for beyond the border of their namespace. */
export const ModulePolicyConfig = section(
  "What modules may have beyond their namespace's border; nothing by default.",
  {
    hostPaths: Type.Array(
      Type.Object(
        {
          pathPrefix: text("nodePath", "Path of the node that modules may mount, with all below it."),
          readOnly: flag("For reading only.", true),
        },
        closed,
      ),
      { description: "Paths of nodes that modules may mount.", default: [] },
    ),
    hostNetwork: flag("The node's network. Whoever is on the node then reaches the module's proxy, too."),
    hostPid: flag("The node's processes."),
    hostIpc: flag("The node's shared memory."),
    privileged: flag("Containers that own their node."),
    root: flag("User 0 inside of containers."),
    capabilities: Type.Array(text("capability", "Name of a Linux capability, without CAP_."), {
      description: "Linux capabilities besides NET_BIND_SERVICE.",
      default: [],
    }),
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
