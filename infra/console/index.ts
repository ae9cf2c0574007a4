/**
 * A page of this machine that shows what runs, who may do what, which CAs count and how rollouts go. It changes nothing.
 *
 * @module
 */
export { addConsole } from "./cli/program.ts";
