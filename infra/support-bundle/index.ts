/**
 * Collects what a report of a defect needs, without secrets.
 *
 * @module
 */
export { addSupportBundle } from "./cli/program.ts";
