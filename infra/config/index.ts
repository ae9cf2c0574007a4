/**
 * The stack's configuration: namespace `iotedge` of Pulumi.<stack>.yaml, checked as a whole, with defaults filled in.
 *
 * @module
 */

export type { NamedCluster } from "./kubernetes.ts";
export { type InstallationConfig, loadConfig, type StackConfig } from "./load-config.ts";
export { pulumiConfigSource } from "./pulumi-source.ts";
export { passwordOf, type RegistryConfig } from "./registries.ts";
