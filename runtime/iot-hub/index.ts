/**
 * What IoT Hub and its provisioning service speak. No Kubernetes.
 *
 * @module
 */

export { type DeviceCredential, parseConnectionString } from "./connection-string.ts";
export { hubErrors } from "./errors.ts";
export {
  createDeviceRegistry,
  type DeviceRegistry,
  type HubResult,
  type ModuleKeys,
  managedByIotEdge,
  type RegisteredModule,
} from "./https/device-registry.ts";
export { type ConnectHttps, connectHttps } from "./https/hub-agent.ts";
export type { HubFailure } from "./https/judge-answer.ts";
export { audienceOf, type SasTokenParts, sasToken, stringToSign } from "./sas-token.ts";
