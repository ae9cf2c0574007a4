import type { ModuleOptions } from "./module-options.ts";
import type { RegistryCredentials } from "./registry-credentials.ts";

/** What EdgeAgent understood of a deployment manifest. */
export interface DeploymentManifest {
  readonly schemaVersion: string;
  /** The twin's `$version`, when the manifest was taken from one. */
  readonly version?: number;
  readonly credentials: RegistryCredentials;
  /** EdgeAgent's own entry: iotedged runs it, so that it is reported but not deployed. */
  readonly edgeAgent?: Module;
  /** All modules to run, `$edgeHub` among them. */
  readonly modules: readonly Module[];
}

export const moduleStatuses = ["running", "stopped"] as const;
export const restartPolicies = ["always", "on-failure", "on-unhealthy", "never"] as const;
export const imagePullPolicies = ["on-create", "never"] as const;

/** Where modules stand that name no order. */
export const lastInOrder = 4_294_967_295;

/** Where the proxy of a module on its node's network listens. */
export interface ProxyPorts {
  readonly workload: number;
  readonly observability: number;
}

/** One module as its user wants it. */
export interface Module extends ModuleOptions {
  /** Id as IoT Edge knows it; `$edgeHub` for EdgeHub. */
  readonly id: string;
  readonly version?: string;
  /** Id of the deployment of IoT Hub that the entry comes from. */
  readonly configuration?: string;
  /** Where its proxy listens, when it is not where all others do. */
  readonly proxyPorts?: ProxyPorts;
  readonly status: (typeof moduleStatuses)[number];
  readonly restartPolicy: (typeof restartPolicies)[number];
  readonly imagePullPolicy: (typeof imagePullPolicies)[number];
  /** Modules of a lower order are started first. */
  readonly startupOrder: number;
  readonly image: string;
  /** From the module's `env` and then from `createOptions.Env`; each name once. */
  readonly environment: ReadonlyMap<string, EnvironmentValue>;
}

/** The value of a variable, or where in the namespace it is kept. */
export type EnvironmentValue = string | EnvironmentReference;

/** Exactly one of the two. */
export interface EnvironmentReference {
  readonly secretKeyRef?: KeyReference;
  readonly configMapKeyRef?: KeyReference;
}

export interface KeyReference {
  readonly name: string;
  readonly key: string;
  /** Whether the module starts without the variable when the key is not there. */
  readonly optional?: boolean;
}
