import Type, { type TSchema } from "typebox";
import { defaultModuleSettings, moduleUsers, policyProfileNames } from "#contract";
import { text } from "./text-kinds.ts";

const closed = { additionalProperties: false } as const;
const section = <Properties extends Record<string, TSchema>>(description: string, properties: Properties) =>
  Type.Object(properties, { ...closed, description, default: {} });
const flag = (description: string, fallback = false) => Type.Boolean({ description, default: fallback });

const { volumes } = defaultModuleSettings;

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
