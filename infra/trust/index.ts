/**
 * The life of CAs: status, rotation, revocation; of one stack and of a fleet.
 *
 * @module
 */
export { addTrust } from "./cli/program.ts";
export { readTrust } from "./read-trust.ts";
