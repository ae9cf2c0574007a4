/**
 * Makes a stack of what another IoT Edge was set up by: docker mode on a device, or Azure's preview on Kubernetes.
 *
 * @module
 */
export { addMigrate } from "./cli.ts";
export { migrationErrors } from "./errors.ts";
