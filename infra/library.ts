/**
 * IoT Edge installations for Pulumi programs: what `import ... from "pulumi-iotedge"` gives.
 *
 * @module
 */
export { EdgeError } from "#base";
export * from "./installation/index.ts";
export { type InstallationOutputs, type StackOutputs, stackProgram } from "./program.ts";
