import Type from "typebox";
import { limits } from "./limits.ts";
import { serviceTypes } from "./module-options.ts";

const closed = { additionalProperties: false } as const;
const label = Type.String({ pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" });
const dnsName = "[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*";
const qualifiedName = `((?=[^/]{1,253}/)${dnsName}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const subdomain = Type.String({ maxLength: 253, pattern: `^${dnsName}$` });
const dataKey = Type.String({ minLength: 1, maxLength: 253, pattern: "^(?!\\.\\.|\\.$)[-._a-zA-Z0-9]+$" });
const labelKey = Type.String({ maxLength: 317, pattern: `^${qualifiedName}$` });
const labelValue = Type.String({ pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$" });
const anyQuantity = "\\d{1,18}(\\.\\d{1,9})?([numkMGTPE]|[KMGTPE]i|[eE]\\d{1,2})?$";
const quantity = Type.String({ pattern: `^${anyQuantity}` });
const amount = Type.String({ pattern: `^(?=[\\d.]*[1-9])${anyQuantity}` });
const weight = Type.Integer({ minimum: 1, maximum: 100 });
const userOrGroup = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
const percentage = Type.String({ pattern: "^\\d{1,3}%$|^\\d{1,4}$" });
const maxItems = limits.kubernetesEntries.most;

/** One of these texts. `Type.Enum` would be taken apart anew for each value that is converted. */
function choice<const Choice extends string>(choices: readonly Choice[]) {
  return Type.Unsafe<Choice>({ enum: [...choices] });
}

const keyReference = Type.Object({ name: subdomain, key: dataKey, optional: Type.Optional(Type.Boolean()) }, closed);

/** `valueFrom` of a variable. */
export const EnvironmentReferenceSchema = Type.Object(
  { secretKeyRef: Type.Optional(keyReference), configMapKeyRef: Type.Optional(keyReference) },
  { ...closed, minProperties: 1, maxProperties: 1 },
);

export const NodeSelectorSchema = Type.Record(labelKey, labelValue, closed);

const resourceName = Type.String({
  // Of a device, room for the `requests.` that quotas put before it.
  pattern: `^(cpu|memory|ephemeral-storage|hugepages-[1-9]\\d{0,3}[KMG]i|(?!requests\\.)(?=[^/]{1,244}/)${qualifiedName})$`,
});
const quantities = Type.Record(resourceName, quantity, closed);

export const ResourcesSchema = Type.Object(
  { requests: Type.Optional(quantities), limits: Type.Optional(quantities) },
  closed,
);

const relativePath = Type.String({ minLength: 1, maxLength: 4096, pattern: "^(?!/|\\.\\.)(?!(.*/)?\\.\\.(/|$)).+$" });
const projection = {
  items: Type.Optional(
    Type.Array(
      Type.Object(
        { key: dataKey, path: relativePath, mode: Type.Optional(Type.Integer({ minimum: 0, maximum: 511 })) },
        closed,
      ),
      { maxItems },
    ),
  ),
  defaultMode: Type.Optional(Type.Integer({ minimum: 0, maximum: 511 })),
  optional: Type.Optional(Type.Boolean()),
};

const hostPathTypes = [
  ...["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File"],
  ...["Socket", "CharDevice", "BlockDevice"],
];

/** A volume with one source: no token, no driver, and a path of the node only where the policy allows it. */
const volume = Type.Object(
  {
    name: label,
    persistentVolumeClaim: Type.Optional(
      Type.Object({ claimName: subdomain, readOnly: Type.Optional(Type.Boolean()) }, closed),
    ),
    configMap: Type.Optional(Type.Object({ name: subdomain, ...projection }, closed)),
    secret: Type.Optional(Type.Object({ secretName: subdomain, ...projection }, closed)),
    hostPath: Type.Optional(
      Type.Object({ path: Type.String({ minLength: 1 }), type: Type.Optional(choice(hostPathTypes)) }, closed),
    ),
    emptyDir: Type.Optional(
      Type.Object({ medium: Type.Optional(choice(["", "Memory"])), sizeLimit: Type.Optional(quantity) }, closed),
    ),
  },
  { ...closed, minProperties: 2, maxProperties: 2 },
);

const volumeMount = Type.Object(
  {
    name: Type.Optional(label),
    mountPath: Type.String({ minLength: 1 }),
    readOnly: Type.Optional(Type.Boolean()),
    // As a Pod of a cluster has them written out.
    subPath: Type.Optional(Type.String({ maxLength: 4096, pattern: "^(?!/)(?!(.*/)?\\.\\.(/|$)).*$" })),
    mountPropagation: Type.Optional(Type.Literal("None")),
  },
  closed,
);

/** `k8s-experimental.volumes`. */
export const VolumesSchema = Type.Array(
  Type.Object({ volume, volumeMounts: Type.Array(volumeMount, { maxItems }) }, closed),
  { maxItems },
);

/** The sysctls that a pod can set without an effect on others: Pod Security Standard "restricted". */
export const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_syncookies",
] as const;
const safeSysctl = choice(safeSysctls);

export const SysctlsSchema = Type.Array(Type.Object({ name: safeSysctl, value: Type.String() }, closed), { maxItems });

/** `k8s-experimental.securityContext`: of the pod, within Pod Security Standard "restricted" but for the user. */
export const PodSecuritySchema = Type.Object(
  {
    runAsNonRoot: Type.Optional(Type.Boolean()),
    runAsUser: Type.Optional(userOrGroup),
    runAsGroup: Type.Optional(userOrGroup),
    fsGroup: Type.Optional(userOrGroup),
    fsGroupChangePolicy: Type.Optional(choice(["OnRootMismatch", "Always"])),
    supplementalGroups: Type.Optional(Type.Array(userOrGroup, { maxItems })),
    seccompProfile: Type.Optional(Type.Object({ type: Type.Literal("RuntimeDefault") }, closed)),
    sysctls: Type.Optional(SysctlsSchema),
  },
  closed,
);

export const ServiceOptionsSchema = Type.Object(
  {
    type: Type.Optional(choice(serviceTypes)),
    loadBalancerIP: Type.Optional(Type.String({ pattern: "^[0-9a-fA-F.:]{2,45}$" })),
    nodePort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    nodePorts: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^\\d{1,5}(/(tcp|udp|sctp))?$" }),
        Type.Integer({ minimum: 1, maximum: 65_535 }),
        closed,
      ),
    ),
  },
  closed,
);

export const StrategySchema = Type.Object(
  {
    type: Type.Optional(choice(["RollingUpdate", "Recreate"])),
    rollingUpdate: Type.Optional(
      Type.Object({ maxSurge: Type.Optional(percentage), maxUnavailable: Type.Optional(percentage) }, closed),
    ),
  },
  closed,
);

/** `k8s-extensions.volumeClaims`, by the claim's name. */
export const VolumeClaimsSchema = Type.Record(
  subdomain,
  Type.Object(
    {
      size: Type.Optional(amount),
      storageClassName: Type.Optional(subdomain),
      accessMode: Type.Optional(choice(["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany", "ReadOnlyMany"])),
    },
    closed,
  ),
  closed,
);

export const TolerationsSchema = Type.Array(
  Type.Object(
    {
      key: Type.Optional(labelKey),
      operator: Type.Optional(choice(["Exists", "Equal"])),
      value: Type.Optional(labelValue),
      effect: Type.Optional(choice(["NoSchedule", "PreferNoSchedule", "NoExecute"])),
      tolerationSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    closed,
  ),
  { maxItems },
);

const values = Type.Optional(Type.Array(labelValue, { maxItems }));
const labelSelector = Type.Object(
  {
    matchLabels: Type.Optional(Type.Record(labelKey, labelValue, closed)),
    matchExpressions: Type.Optional(
      Type.Array(
        Type.Object({ key: labelKey, operator: choice(["In", "NotIn", "Exists", "DoesNotExist"]), values }, closed),
        { maxItems },
      ),
    ),
  },
  closed,
);

const nodeRequirements = Type.Optional(
  Type.Array(
    Type.Object(
      { key: labelKey, operator: choice(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]), values },
      closed,
    ),
    { maxItems },
  ),
);
const nodeTerm = Type.Object({ matchExpressions: nodeRequirements, matchFields: nodeRequirements }, closed);
const podTerm = Type.Object({ labelSelector: Type.Optional(labelSelector), topologyKey: labelKey }, closed);

/** Required and preferred terms of one kind of affinity. */
function podTerms() {
  return Type.Object(
    {
      requiredDuringSchedulingIgnoredDuringExecution: Type.Optional(Type.Array(podTerm, { maxItems })),
      preferredDuringSchedulingIgnoredDuringExecution: Type.Optional(
        Type.Array(Type.Object({ weight, podAffinityTerm: podTerm }, closed), { maxItems }),
      ),
    },
    closed,
  );
}

/** Terms look at pods of the module's own namespace only. */
export const AffinitySchema = Type.Object(
  {
    nodeAffinity: Type.Optional(
      Type.Object(
        {
          requiredDuringSchedulingIgnoredDuringExecution: Type.Optional(
            Type.Object({ nodeSelectorTerms: Type.Array(nodeTerm, { minItems: 1, maxItems }) }, closed),
          ),
          preferredDuringSchedulingIgnoredDuringExecution: Type.Optional(
            Type.Array(Type.Object({ weight, preference: nodeTerm }, closed), { maxItems }),
          ),
        },
        closed,
      ),
    ),
    podAffinity: Type.Optional(podTerms()),
    podAntiAffinity: Type.Optional(podTerms()),
  },
  closed,
);

export const TopologySpreadSchema = Type.Array(
  Type.Object(
    {
      maxSkew: Type.Integer({ minimum: 1, maximum: 1000 }),
      topologyKey: labelKey,
      whenUnsatisfiable: choice(["DoNotSchedule", "ScheduleAnyway"]),
      labelSelector: Type.Optional(labelSelector),
      minDomains: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    },
    closed,
  ),
  { maxItems },
);

/** Hosts that a module's server certificates may name. Which of them nobody gets, iotedged decides. */
export const ServerNamesSchema = Type.Array(
  Type.String({ maxLength: 253, pattern: "^[A-Za-z0-9_]([A-Za-z0-9_.:-]*[A-Za-z0-9_])?$" }),
  { maxItems: 16 },
);

/** Classes that begin with `system-` are for the cluster's own pods, which others would be evicted for: no policy has them. */
export const PriorityClassSchema = Type.String({
  maxLength: 253,
  pattern: `^(?!system-)${dnsName}$`,
});
