import Type, { type Static } from "typebox";

const closed = { additionalProperties: false } as const;

const objectName = Type.String({ maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" });
const resourceName = Type.String({ maxLength: 317, pattern: "^[a-z0-9.-]+/[A-Za-z0-9._-]+$" });

/** A device of nodes, and how modules get it: as a resource of a device plugin, or as a claim of a template. */
const DeviceSchema = Type.Object(
  {
    /** Path on the node, as `Devices` has it. */
    path: Type.Optional(Type.String({ pattern: "^/" })),
    /** Type and numbers, as `DeviceCgroupRules` has them: `c 188:*`. */
    rule: Type.Optional(Type.String({ pattern: "^[abc] (\\d+|\\*):(\\d+|\\*)$" })),
    resource: Type.Optional(resourceName),
    /** Name of a ResourceClaimTemplate of the namespace. */
    claimTemplate: Type.Optional(objectName),
  },
  closed,
);
/** Without path and rule, modules name the resource itself. */
export type DevicePolicy = Static<typeof DeviceSchema>;

/** How modules get GPUs, by `Runtime: nvidia` and `DeviceRequests`. */
const GpuSchema = Type.Object(
  {
    resource: Type.Optional(resourceName),
    claimTemplate: Type.Optional(objectName),
    runtimeClassName: Type.Optional(objectName),
  },
  closed,
);

/** What nodes make of mounts below one that is for reading only, as Kubernetes calls it. */
export const recursiveReadOnlyModes = ["Enabled", "IfPossible"] as const;

const qualifiedName = Type.String({
  maxLength: 317,
  pattern: "^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
});

/** What modules may ask for beyond the border of their namespace. A module that asks for more is refused. */
export const ModulePolicySchema = Type.Object(
  {
    /** Paths of nodes, and what lies below them, that modules may mount. */
    hostPaths: Type.Array(
      Type.Object(
        {
          pathPrefix: Type.String({ pattern: "^/" }),
          /** Whether they may be mounted for reading only. */
          readOnly: Type.Boolean(),
          /**
           * What becomes of mounts below a path that is for reading only. `Enabled`, also where it is absent: they are for
           * reading only, too, and no node starts the module that cannot have that so. `IfPossible`: where the node can.
           */
          recursiveReadOnly: Type.Optional(Type.Enum([...recursiveReadOnlyModes])),
        },
        closed,
      ),
    ),
    hostNetwork: Type.Boolean(),
    hostPid: Type.Boolean(),
    hostIpc: Type.Boolean(),
    privileged: Type.Boolean(),
    /** Whether a module may run as user 0. */
    root: Type.Boolean(),
    /** Names without `CAP_`. `NET_BIND_SERVICE` needs no entry. */
    capabilities: Type.Array(Type.String({ pattern: "^[A-Z][A-Z_]*$" })),
    devices: Type.Optional(Type.Array(DeviceSchema)),
    gpu: Type.Optional(GpuSchema),
    /** Ports of nodes, one (`502`) or a range (`1024-29999`); absent: {@link defaultHostPorts}. */
    hostPorts: Type.Optional(Type.Array(Type.String({ pattern: "^[1-9]\\d{0,4}(-[1-9]\\d{0,4})?$" }))),
    /** Names of PriorityClasses; absent: none. */
    priorityClasses: Type.Optional(Type.Array(Type.String({ pattern: "^(?!system-)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" }))),
    /** Keys of taints that modules may tolerate; absent: none. */
    tolerations: Type.Optional(Type.Array(qualifiedName)),
    /** Keys of labels by which modules may choose nodes, besides those of architecture and system; absent: none. */
    nodeLabels: Type.Optional(Type.Array(qualifiedName)),
    /** Domains (`example.com`), or beginnings that end with a dot or a slash, of annotations; absent: none. */
    annotations: Type.Optional(Type.Array(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*/?[A-Za-z0-9._-]*$" }))),
  },
  closed,
);
export type ModulePolicy = Static<typeof ModulePolicySchema>;

/** Where a policy names no ports: those that take no privilege on the node, but for what the node itself has among them. */
export const defaultHostPorts: readonly string[] = ["1024-65535"];

/** Whose rights a module that names no user has. */
export const moduleUsers = ["fixed", "image", "docker"] as const;
export type ModuleUser = (typeof moduleUsers)[number];

/** What a module has that does not ask for anything. */
export const ModuleDefaultsSchema = Type.Object(
  {
    /** `fixed`: user 1000. `image`: the image's own user, unless it is root. `docker`: the image's own user. */
    user: Type.Enum([...moduleUsers]),
    /** Names without `CAP_`. */
    capabilities: Type.Array(Type.String({ pattern: "^[A-Z][A-Z_]*$" })),
    /** Whether it may write to the root file system of its container. */
    writableRoot: Type.Boolean(),
    /** Whether a program may give it more rights than it has, as `sudo` does. */
    escalation: Type.Boolean(),
  },
  closed,
);
export type ModuleDefaults = Static<typeof ModuleDefaultsSchema>;

/** Within Pod Security Standard "restricted". */
export const plainModuleDefaults: ModuleDefaults = {
  user: "fixed",
  capabilities: [],
  writableRoot: false,
  escalation: false,
};

/**
 * `on-create`: as for any other image; another `version` of the module fetches it anew. `always`: whenever a container of
 * the module is started, which then takes a registry that can be reached.
 */
export const movingTagPolicies = ["on-create", "always"] as const;

const NumbersSchema = Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 2_147_483_647 }));

/** What becomes of named volumes. */
export const VolumeSettingsSchema = Type.Object(
  {
    /** `true`: a PersistentVolumeClaim that is not there is made. `false`: somebody else has to make it. */
    create: Type.Boolean(),
    /** Class of new claims; absent: the cluster's default. */
    storageClassName: Type.Optional(Type.String({ minLength: 1 })),
    /** Size of new claims that name none. A claim grows with it where its class allows, and never shrinks. */
    size: Type.String({ minLength: 1 }),
    accessMode: Type.Enum(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"]),
    /** What becomes of a claim that EdgeAgent made once no module names it, or the installation is deleted. */
    deletion: Type.Enum(["retain", "delete"]),
  },
  closed,
);
export type VolumeSettings = Static<typeof VolumeSettingsSchema>;

/** What an installation lets its modules have. */
export const ModuleSettingsSchema = Type.Object(
  {
    policy: ModulePolicySchema,
    volumes: VolumeSettingsSchema,
    /** Whether modules of `restartPolicy` `never` and `on-failure` run as Jobs. */
    jobs: Type.Boolean(),
    /** Whether the manifest's `registryCredentials` are written into a pull Secret. */
    registryCredentials: Type.Boolean(),
    /** How ports that a manifest binds on the host are reached where the module says nothing else; absent: in the cluster alone. */
    hostPorts: Type.Optional(Type.Enum(["NodePort", "LoadBalancer", "HostPort"])),
    /** How modules leave a node that is lost; absent: as the cluster has it. */
    lostNode: Type.Optional(
      Type.Object(
        {
          /** Seconds that a module stays bound to it. */
          seconds: Type.Integer({ minimum: 0 }),
          /** `stay`: a module with a claim that one node alone can use waits for its node. */
          withVolume: Type.Enum(["move", "stay"]),
        },
        closed,
      ),
    ),
    /**
     * Secrets that the installation uses under names of its user's choice, such as a CA of their own and the runtime's
     * pull credentials: closed to modules as those with fixed names are.
     */
    closedSecrets: Type.Array(Type.String({ minLength: 1 })),
    /** Absent, as in settings of before: {@link plainModuleDefaults}. */
    defaults: Type.Optional(ModuleDefaultsSchema),
    /** Numbers of users that manifests name, by their names. */
    userNumbers: Type.Optional(NumbersSchema),
    groupNumbers: Type.Optional(NumbersSchema),
    /** When a node asks the registry for an image whose tag may mean another one tomorrow. Absent: `on-create`. */
    movingTags: Type.Optional(Type.Enum([...movingTagPolicies])),
  },
  closed,
);
export type ModuleSettings = Static<typeof ModuleSettingsSchema>;

/** Where nothing else is said: modules stay inside their namespace, and EdgeAgent touches neither claims nor Secrets. */
export const defaultModuleSettings: ModuleSettings = {
  policy: {
    hostPaths: [],
    hostNetwork: false,
    hostPid: false,
    hostIpc: false,
    privileged: false,
    root: false,
    capabilities: [],
  },
  volumes: { create: false, size: "1Gi", accessMode: "ReadWriteOnce", deletion: "retain" },
  jobs: true,
  registryCredentials: false,
  closedSecrets: [],
};
