/**
 * IoT Edge in one namespace of a cluster, as a Pulumi component.
 *
 * @module
 */
export * from "./args.ts";
export { defaults, emptyDeployment } from "./defaults.ts";
export { EdgeInstallation } from "./edge-installation.ts";
export { foreignCaSecret } from "./issued-ca.ts";
export { moduleRightsProblem, moduleSettingsOf, settingsOfModules } from "./module-settings.ts";
export { type ProvisionedArgs, provisioningProblems } from "./provisioning.ts";
export type * from "./trust-args.ts";
