/**
 * Looks at modules that run, and restarts them.
 *
 * @module
 */

export { secondsOf } from "./cli/duration.ts";
export { addModules } from "./cli/program.ts";
