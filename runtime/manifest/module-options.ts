import type {
  V1Affinity,
  V1DeploymentStrategy,
  V1HostAlias,
  V1PodDNSConfig,
  V1PodSecurityContext,
  V1Toleration,
  V1TopologySpreadConstraint,
  V1Volume,
  V1VolumeMount,
} from "@kubernetes/client-node";
import type { Wire } from "#base";
import type { ModuleUser } from "#contract";
import { noPrivileges, type Privileges } from "./namespace-border.ts";

/** What `createOptions` asks for, in words of Kubernetes. */
export interface ModuleOptions {
  readonly privileges: Privileges;
  readonly container: ContainerOptions;
  readonly pod: PodOptions;
  readonly service: ServiceOptions;
  /** What the module says of PersistentVolumeClaims that it mounts, by their names. */
  readonly claims: Readonly<Record<string, ClaimOptions>>;
  /** Hosts that its server certificates may name beside its Service. */
  readonly serverNames?: readonly string[];
}

/** How a claim is made that is not there. */
export interface ClaimOptions {
  readonly size?: string;
  readonly storageClassName?: string;
  readonly accessMode?: string;
}

export interface ContainerOptions {
  /** Replaces the image's entry point. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDirectory?: string;
  /** Absent: as the installation has it. */
  readonly user?: { readonly uid: number; readonly gid?: number } | ModuleUser;
  /** `false` only when the module asks for it by `HostConfig.ReadonlyRootfs: false`. */
  readonly readOnlyRoot: boolean;
  /** Whether the module asks for {@link readOnlyRoot} itself. */
  readonly keepsRootReadOnly?: true;
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Ports that the container listens on. */
  readonly ports: readonly ContainerPort[];
  readonly resources: Resources;
  /** Names of ResourceClaimTemplates whose devices the module has; absent without any. */
  readonly claimTemplates?: readonly string[];
  readonly healthcheck?: Healthcheck;
  readonly volumes: readonly Wire<V1Volume>[];
  /** What the manifest calls the volumes of claims that have another name, by the claim's. */
  readonly claimSources?: Readonly<Record<string, string>>;
  /** Where the container finds {@link volumes}; each path once. */
  readonly mounts: readonly V1VolumeMount[];
}

/** Quantities by the resource's name. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** A command that exits with 0 while the module is well. Times in whole seconds. */
export interface Healthcheck {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly retries: number;
  /** Time in which failures do not count; 0 for none. */
  readonly startPeriod: number;
  readonly startInterval: number;
}

/** What the pod asks for besides its container. */
export interface PodOptions {
  readonly annotations: Readonly<Record<string, string>>;
  readonly hostAliases: readonly V1HostAlias[];
  readonly dns?: V1PodDNSConfig;
  readonly hostname?: string;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopTimeout?: number;
  readonly securityContext: V1PodSecurityContext;
  /** More than 1 only when the module says that it is stateless. */
  readonly replicas: number;
  /** Whether two of its pods may run side by side while it is changed. */
  readonly stateless?: true;
  readonly strategy?: V1DeploymentStrategy;
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly V1Toleration[];
  readonly affinity?: V1Affinity;
  readonly topologySpreadConstraints?: readonly V1TopologySpreadConstraint[];
  readonly priorityClassName?: string;
  /** How the node runs the container, where the installation gives the module GPUs by it. */
  readonly runtimeClassName?: string;
}

export const serviceTypes = ["ClusterIP", "NodePort", "LoadBalancer"] as const;

/** How others reach the module. */
export interface ServiceOptions {
  readonly type: (typeof serviceTypes)[number];
  readonly loadBalancerIP?: string;
  /** Each number and protocol once; without any, the name leads to the module's pods. */
  readonly ports: readonly ServicePort[];
  /** How the ports that Docker would have at the host are reached from outside of the cluster; absent: not at all. */
  readonly published?: "NodePort" | "LoadBalancer" | "HostPort";
  /** Names beside the module's own by which others find it; no other module has one of them. */
  readonly names: readonly string[];
}

export type Protocol = "TCP" | "UDP" | "SCTP";

export interface ContainerPort {
  readonly port: number;
  readonly protocol: Protocol;
}

export interface ServicePort extends ContainerPort {
  /** The container's port. */
  readonly target: number;
  /** The port on every node, where the module chose one. */
  readonly nodePort?: number;
  /** Whether Docker would have it reached at the host's addresses as well. */
  readonly onHost?: boolean;
}

/** Options of a module that asks for nothing. */
export const plainOptions: ModuleOptions = {
  privileges: noPrivileges,
  container: {
    readOnlyRoot: true,
    stdin: false,
    tty: false,
    ports: [],
    resources: {},
    volumes: [],
    mounts: [],
  },
  pod: { annotations: {}, hostAliases: [], securityContext: {}, replicas: 1 },
  service: { type: "ClusterIP", ports: [], names: [] },
  claims: {},
};
