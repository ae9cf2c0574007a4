/**
 * Looks at modules that run, and restarts them.
 *
 * @module
 */
export { addModules } from "./cli/program.ts";
