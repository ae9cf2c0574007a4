/** What EdgeAgent understood of a deployment manifest. */
export interface DeploymentManifest {
  readonly schemaVersion: string;
  /** The twin's `$version`, when the manifest was taken from one. */
  readonly version?: number;
  /** EdgeAgent's own entry: iotedged runs it, so that it is reported but not deployed. */
  readonly edgeAgent?: Module;
  /** All modules to run, `$edgeHub` among them. */
  readonly modules: readonly Module[];
}

export const moduleStatuses = ["running", "stopped"] as const;
export const restartPolicies = ["always", "on-failure", "on-unhealthy", "never"] as const;
export const imagePullPolicies = ["on-create", "never"] as const;

/** One module as its user wants it. */
export interface Module {
  /** Id as IoT Edge knows it; `$edgeHub` for EdgeHub. */
  readonly id: string;
  readonly version?: string;
  readonly status: (typeof moduleStatuses)[number];
  readonly restartPolicy: (typeof restartPolicies)[number];
  readonly imagePullPolicy: (typeof imagePullPolicies)[number];
  readonly image: string;
  /** From the module's `env` and then from `createOptions.Env`; each name once. */
  readonly environment: ReadonlyMap<string, string>;
  readonly container: ContainerOptions;
}

/** What `createOptions` asks for, in words of Kubernetes. */
export interface ContainerOptions {
  /** Replaces the image's entry point. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly workingDirectory?: string;
  readonly user?: { readonly uid: number; readonly gid?: number };
  /** `false` only when the module asks for it by `HostConfig.ReadonlyRootfs: false`. */
  readonly readOnlyRoot: boolean;
  /** Whether it may bind ports below 1024: `HostConfig.CapAdd: ["NET_BIND_SERVICE"]`. */
  readonly bindPrivilegedPorts: boolean;
  /** Ports that the container listens on. */
  readonly ports: readonly ContainerPort[];
  /** Ports by which others reach the module at its Service; each number and protocol once. */
  readonly servicePorts: readonly ServicePort[];
}

export type Protocol = "TCP" | "UDP" | "SCTP";

export interface ContainerPort {
  readonly port: number;
  readonly protocol: Protocol;
}

export interface ServicePort extends ContainerPort {
  /** The container's port. */
  readonly target: number;
}
