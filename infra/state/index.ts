/**
 * The state of deployments without Pulumi as a team has it: encrypted in the repository, or in Secrets of a cluster.
 *
 * @module
 */

export { addState } from "./cli/program.ts";
export { stackStorage, storageToLookAt } from "./shared-state.ts";
