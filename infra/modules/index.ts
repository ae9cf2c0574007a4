/**
 * Looks at modules that run, and restarts them.
 *
 * @module
 */
export { type ChoiceFlags, chooseCluster, chosenNamespaces } from "./chosen-installations.ts";
export { addModules } from "./cli/program.ts";
export { findModule } from "./find-module.ts";
export { readLog } from "./read-log.ts";
