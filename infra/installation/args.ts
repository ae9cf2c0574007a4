import type { Input } from "@pulumi/pulumi";
import type { MonitoringArgs } from "./monitoring/args.ts";
import type { PodSecurityArgs } from "./pod-security-args.ts";
import type { ProvisioningArgs } from "./provisioning-args.ts";
import type { TrustArgs } from "./trust-args.ts";

// Only types that Pulumi can put into a schema: scalars, arrays, maps and interfaces of them. What decides which
// objects exist, or is checked before any does, is plain; everything else may be an output of another resource.

/** How iotedged may review tokens. */
export const TokenReview = {
  /** ClusterRole `system:auth-delegator`, which every cluster has. */
  Delegator: "delegator",
  /** A ClusterRole of the installation's own that allows creating TokenReviews and nothing else. */
  Minimal: "minimal",
} as const;
export type TokenReview = (typeof TokenReview)[keyof typeof TokenReview];

/** References of the runtime's images. */
export interface ImagesArgs {
  /** Image of iotedged. */
  iotedged: Input<string>;
  /** Image of EdgeAgent. */
  edgeAgent: Input<string>;
  /** Image of the proxy that stands beside each module. */
  proxy: Input<string>;
}

/** A private registry and who logs in there. */
export interface RegistryArgs {
  /** Its host, with the port where that is not 443. */
  server: string;
  /** Who logs in. */
  username: Input<string>;
  /** Secret. */
  password: Input<string>;
}

/** Compute resources of a container, as Kubernetes writes them. Replaces the default as a whole. */
export interface ResourcesArgs {
  /** What the scheduler reserves, by resource, such as `cpu: 50m`. @default none */
  requests?: Input<Record<string, Input<string>>>;
  /** What the container cannot exceed, by resource, such as `memory: 128Mi`. @default none */
  limits?: Input<Record<string, Input<string>>>;
}

/** A taint of nodes on which pods may run all the same, as Kubernetes has it. */
export interface TolerationArgs {
  /** Key of the taint. @default any */
  key?: string;
  /** `Equal` or `Exists`. @default "Equal" */
  operator?: string;
  /** Value of the taint, with `Equal`. */
  value?: string;
  /** One of `NoSchedule`, `PreferNoSchedule`, `NoExecute`. @default all of them */
  effect?: string;
  /** How long a pod stays with `NoExecute`. @default for ever */
  tolerationSeconds?: number;
}

/** The daemon that authenticates modules and serves both APIs. */
export interface IotedgedArgs {
  /** Pods; all of them serve. @default 2 */
  replicas?: Input<number>;
  /** Compute resources of its container. @default 50m and 128Mi requested, 256Mi at most */
  resources?: Input<ResourcesArgs>;
  /** One of `debug`, `info`, `warn`, `error`. @default "info" */
  logLevel?: Input<string>;
  /** Life of iotedged's own serving certificate, renewed at half of it. @default 30 */
  servingCertificateDays?: Input<number>;
  /** Longest life of a module's server certificate. @default 90 */
  moduleCertificateMaxDays?: Input<number>;
  /** How long a successful TokenReview counts; never past the token's expiry. @default 10 */
  tokenCacheSeconds?: Input<number>;
  /** How much longer it counts while the API server gives no verdict; never past the token's expiry. @default 60 */
  tokenStaleSeconds?: Input<number>;
  /** Requests that one module may make in a second, but those for certificates. @default 500 */
  requestsPerSecond?: Input<number>;
  /** Certificates that one module may get in a minute. @default 60 */
  certificatesPerMinute?: Input<number>;
  /** Ciphertexts of the first form are still read, and written while an old replica runs. @default true */
  oldCiphertexts?: Input<boolean>;
  /** Serves logs of modules at the management API; needs the right to read them. @default false */
  moduleLogs?: boolean;
  /** Restarts modules at the management API; needs the right to delete pods. @default false */
  moduleRestart?: boolean;
  /** Serves support bundles at the management API; needs rights to read logs, Events, ConfigMaps and Services. @default false */
  supportBundle?: boolean;
  /** Labels that a node must have to run iotedged. @default any node */
  nodeSelector?: Input<Record<string, Input<string>>>;
  /** Taints of nodes on which iotedged may run all the same. @default none */
  tolerations?: TolerationArgs[];
  /** Affinity of iotedged's pods, as Kubernetes has it. @default none */
  // biome-ignore lint/suspicious/noExplicitAny: a document of Kubernetes, which the schema of other languages calls Any
  affinity?: any;
  /** PriorityClass of iotedged's pods. @default the cluster's */
  priorityClassName?: string;
}

/** Paths of nodes that modules may mount. */
export interface HostPathArgs {
  /** A path of the node; what lies below it is included. */
  pathPrefix: string;
  /** Whether it may be mounted for reading only. @default true */
  readOnly?: boolean;
  /**
   * `Enabled` or `IfPossible`: whether what is mounted below it is for reading only on every node, or where the node can. A
   * node that cannot does not start such a module with `Enabled`.
   *
   * @default "Enabled"
   */
  recursiveReadOnly?: string;
}

/**
 * A device of nodes: `path` or `rule`, and by what modules get it: `resource` or `claimTemplate`. `resource` alone lets
 * modules name it in `k8s-experimental.resources`.
 */
export interface DeviceArgs {
  /** Path of the device on the node, as `Devices` has it. */
  path?: string;
  /** Type and numbers, as `DeviceCgroupRules` has them, such as `c 188:*`. */
  rule?: string;
  /** Resource of a device plugin. */
  resource?: string;
  /** Name of a ResourceClaimTemplate in the namespace. */
  claimTemplate?: string;
}

/** By what modules get GPUs, for `Runtime: nvidia` and `DeviceRequests`. */
export interface GpuArgs {
  /** Resource of a device plugin, such as `nvidia.com/gpu`. */
  resource?: string;
  /** Name of a ResourceClaimTemplate in the namespace. */
  claimTemplate?: string;
  /** RuntimeClass of pods that have a GPU, such as `nvidia`. @default the node's usual runtime */
  runtimeClassName?: string;
}

/**
 * What modules may ask for beyond the border of their namespace. Nothing by default; what a module has is told in its
 * status.
 */
export interface ModulePolicyArgs {
  /**
   * `restricted`, `hub` or `docker-like`: a policy with a name, which the keys beside it change.
   *
   * @default "restricted"
   */
  profile?: string;
  /** Paths of nodes that they may mount. @default as the profile has it */
  hostPaths?: HostPathArgs[];
  /** Whether they may use the node's network. @default as the profile has it */
  hostNetwork?: boolean;
  /** Whether they may see the node's processes. @default as the profile has it */
  hostPid?: boolean;
  /** Whether they may share memory and queues with the node's processes. @default as the profile has it */
  hostIpc?: boolean;
  /** Whether they may run with all that the node allows. @default as the profile has it */
  privileged?: boolean;
  /** Whether modules may run as user 0. @default as the profile has it */
  root?: boolean;
  /** Names of Linux capabilities without `CAP_`. `NET_BIND_SERVICE` needs no entry. @default as the profile has it */
  capabilities?: string[];
  /** Devices of nodes, and by what modules get each. @default none */
  devices?: DeviceArgs[];
  /** @default no GPUs */
  gpu?: GpuArgs;
  /**
   * Ports of nodes, `502` or `1024-29999`, for modules that have ports of nodes by `hostPorts: HostPort` or `hostNetwork`.
   * Those of the node itself, such as 22, 6443, 10250 and 30000 to 32767, are open only where each is named by itself.
   *
   * @default ["1024-65535"]
   */
  hostPorts?: string[];
  /** Names of PriorityClasses that modules may have. @default none */
  priorityClasses?: string[];
  /** Keys of taints that modules may tolerate. @default none */
  tolerations?: string[];
  /** Keys of labels by which modules may choose nodes. @default `kubernetes.io/arch` and `kubernetes.io/os`, which count in any case */
  nodeLabels?: string[];
  /** Domains of annotations that manifests may give to pods, or beginnings of keys that end with a dot. @default none */
  annotations?: string[];
}

/** What becomes of modules' named volumes. */
export interface VolumesArgs {
  /** Lets EdgeAgent make PersistentVolumeClaims that are not there. @default false */
  create?: boolean;
  /** Class of new claims. @default the cluster's default */
  storageClassName?: string;
  /** Size of new claims that name none. @default "1Gi" */
  size?: string;
  /** One of `ReadWriteOnce`, `ReadWriteOncePod`, `ReadWriteMany`. @default "ReadWriteOnce" */
  accessMode?: string;
  /** `retain` or `delete`: what becomes of a claim, and its data, once no module names it. @default "retain" */
  deletion?: string;
}

/** How modules leave a node that is lost. */
export interface LostNodeArgs {
  /** How long a module stays bound to it. @default as the cluster has it */
  seconds?: number;
  /** `move` or `stay`: whether a module whose volume one node alone can use waits for its node. @default "move" */
  withVolume?: string;
}

/** What turns the deployment manifest into modules. */
export interface EdgeAgentArgs {
  /** `false`: iotedged deletes EdgeAgent and leaves running modules alone. @default true */
  enabled?: Input<boolean>;
  /** Pods; one of them works, the others stand by. @default 1 */
  replicas?: number;
  /** Compute resources of its container. @default 50m and 128Mi requested, 256Mi at most */
  resources?: Input<ResourcesArgs>;
  /** One of `debug`, `info`, `warn`, `error`. @default "info" */
  logLevel?: Input<string>;
  /** Labels that a node must have to run EdgeAgent. @default any node */
  nodeSelector?: Input<Record<string, Input<string>>>;
  /** Taints of nodes on which EdgeAgent may run all the same. @default none */
  tolerations?: TolerationArgs[];
  /** Affinity of EdgeAgent's pods, as Kubernetes has it. @default none */
  // biome-ignore lint/suspicious/noExplicitAny: a document of Kubernetes, which the schema of other languages calls Any
  affinity?: any;
  /** PriorityClass of EdgeAgent's pods. @default the cluster's */
  priorityClassName?: string;
  /** Runs modules of `restartPolicy` `never` and `on-failure` as Jobs. @default true */
  jobs?: boolean;
  /** Lets EdgeAgent write the manifest's `registryCredentials` into a pull Secret. @default false */
  registryCredentials?: boolean;
  /**
   * Declares ValidatingAdmissionPolicies: with EdgeAgent's token one can write modules' objects, and nothing that gives more
   * than the installation lets modules have. `false` only beside `admissionPolicyOffBecause`.
   *
   * @default true
   */
  admissionPolicy?: boolean;
  /** Why the installation does without, for those who will ask: it stands on ServiceAccount `edgeagent`. */
  admissionPolicyOffBecause?: string;
  /**
   * How ports that modules bind at the host are reached where a module does not say so itself: one of `ClusterIP`,
   * `NodePort`, `LoadBalancer`, `HostPort`.
   *
   * @default "ClusterIP"
   */
  hostPorts?: string;
  /** How modules leave a node that is lost. @default as the cluster has it, mostly after 300 seconds */
  lostNode?: LostNodeArgs;
  /** What becomes of modules' named volumes. */
  volumes?: VolumesArgs;
  /** What modules may ask for beyond the border of their namespace. @default the profile `restricted` */
  policy?: ModulePolicyArgs;
  /**
   * User of modules that name none: `fixed` is 1000; `image` the image's own, which must be a number other than 0; `docker`
   * the image's own as Docker takes it, root too, beside `policy.root`.
   *
   * @default as the policy's profile has it; "fixed" for `restricted`
   */
  moduleUser?: string;
  /**
   * When nodes ask the registry for images of moving tags, such as `latest`: `on-create`, when the module's `version` changes,
   * or `always`, whenever a container starts.
   *
   * @default "on-create"
   */
  movingTags?: string;
  /** Numbers of users that manifests call by name, such as `mosquitto: 1883`. @default none but root */
  userNumbers?: Record<string, number>;
  /** Numbers of groups that manifests call by name. @default none but root */
  groupNumbers?: Record<string, number>;
}

/** The sidecar of each module, by which it reaches iotedged. */
export interface ProxyArgs {
  /** Compute resources of its container. @default 5m and 16Mi requested, 64Mi at most */
  resources?: Input<ResourcesArgs>;
  /** Connections that one proxy keeps at a time; more wait. From 64 to 4000. @default 1024 */
  maxConnections?: Input<number>;
  /** Whether it listens on IPv6, too: not on nodes whose kernel has none. @default true */
  ipv6?: Input<boolean>;
}

/** The key from which iotedged derives what it encrypts and signs with. */
export interface IdentityArgs {
  /** Name of a Secret of the user's own that has an ECDSA P-256 key, PKCS #8 in PEM, as `identity.key`, instead of a generated one. */
  existingSecret?: string;
}

/** NetworkPolicies of iotedged and EdgeAgent. */
export interface NetworkPolicyArgs {
  /** Whether they are declared. @default true */
  enabled?: boolean;
  /**
   * Addresses of the API server, or ranges of them such as `10.0.0.0/28`: of Service `kubernetes`, and of its endpoints.
   *
   * @default any
   */
  apiServerAddresses?: Input<Input<string>[]>;
  /** Ports at which the API server may be reached. @default [443, 6443, 8443, 16443] */
  apiServerPorts?: Input<Input<number>[]>;
  /** Ports at which cluster DNS may be reached, by UDP and TCP. @default [53, 5353] */
  dnsPorts?: Input<Input<number>[]>;
}

/** What an installation consists of. */
export interface EdgeInstallationArgs {
  /** Namespace of the installation. It holds nothing else of this kind. */
  namespace: Input<string>;
  /** Unique in the cluster: names the cluster-scoped objects. @default the namespace */
  name?: Input<string>;
  /**
   * Declares the namespace too, with the strictest pod security level that `edgeAgent.policy` leaves room for. When it is
   * turned off again, Pulumi deletes the namespace with all that is in it, unless `protect` is on.
   *
   * @default false
   */
  createNamespace?: boolean;
  /**
   * Who makes the cluster-scoped objects: `managed`, this; `external`, an administrator, to whom
   * `edgectl render --cluster-objects` gives them. The namespace is one of them.
   *
   * @default "managed"
   */
  clusterObjects?: string;
  /** Device id as IoT Hub would know it; not beside `provisioning.source: dps`. @default the name */
  deviceId?: Input<string>;
  /** Host name of the IoT Hub; not beside `provisioning.source: dps`. @default "standalone.iotedge.internal" */
  hubHostname?: Input<string>;
  /** Host of EdgeHub's server certificate. @default "edgehub" */
  gatewayHostname?: Input<string>;
  /** How iotedged may review tokens. @default TokenReview.Delegator */
  tokenReview?: TokenReview;
  /** Lets iotedged list nodes, for the architectures in its system info. @default false */
  nodeObserver?: boolean;
  /** Protects from deletion what cannot be made again: the namespace, the root's key and the identity key. @default false */
  protect?: boolean;
  /** References of the runtime's images. */
  images: ImagesArgs;
  /** One of `Always`, `IfNotPresent`, `Never`. @default "IfNotPresent" */
  imagePullPolicy?: Input<string>;
  /** Names of Secrets of type `kubernetes.io/dockerconfigjson` in the namespace. @default none */
  imagePullSecrets?: Input<Input<string>[]>;
  /** Private registries, of whose credentials a Secret is made to fetch all images by. @default none */
  registries?: RegistryArgs[];
  /** Settings of iotedged. */
  iotedged?: IotedgedArgs;
  /** Settings of EdgeAgent. */
  edgeAgent?: EdgeAgentArgs;
  /** Settings of the proxy of each module. */
  proxy?: ProxyArgs;
  /** Connects the installation to IoT Hub, whose `deployment` is the hub's then. @default it stands alone */
  provisioning?: ProvisioningArgs;
  /** IoT Edge deployment manifest, as JSON; not beside `provisioning`. @default no modules */
  deployment?: Input<string>;
  /** Certificate authorities: their generations and lives. */
  trust?: TrustArgs;
  /** The key from which iotedged derives what it encrypts and signs with. @default one that the program makes */
  identity?: IdentityArgs;
  /** NetworkPolicies of iotedged and EdgeAgent. */
  networkPolicy?: NetworkPolicyArgs;
  /** Whose rights pods have. */
  podSecurity?: PodSecurityArgs;
  /** Objects for Grafana and for the Prometheus operator. @default nothing */
  monitoring?: MonitoringArgs;
}
