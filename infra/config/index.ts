/**
 * The stack's configuration: namespace `iotedge` of Pulumi.<stack>.yaml.
 *
 * @module
 */
export type { NamedCluster } from "./kubernetes.ts";
export {
  type CheckedConfig,
  checkConfig,
  type InstallationConfig,
  loadConfig,
  type StackConfig,
} from "./load-config.ts";
export { formatProblems, type Problem } from "./problem.ts";
export { ConfigSchema } from "./schema.ts";
export { type ConfigEntries, type ConfigSource, sourceFromEntries } from "./source.ts";
