/**
 * `edgectl provisioning check`: whether a device's credential will do, before anything is deployed.
 *
 * @module
 */

export { addProvisioning } from "./cli.ts";
