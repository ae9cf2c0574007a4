/**
 * What IoT Hub and its provisioning service speak. No Kubernetes.
 *
 * @module
 */

export { type DeviceConnection, parseConnectionString } from "./connection-string.ts";
export {
  type DeviceCredential,
  parseDeviceCertificate,
  parseDeviceKey,
  type Unusable,
} from "./device-credential.ts";
export { type DevicePlace, isDeviceId, isHubHostname, placeOf } from "./device-place.ts";
export { hubErrors } from "./errors.ts";
export { type AnswerSeen, createDeviceConnections, type DeviceConnections } from "./https/device-caller.ts";
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
export { hubPorts } from "./hub-ports.ts";
export { type LinkOptions, type OpenLink, openLink } from "./mqtt/link.ts";
export {
  type ConnectionState,
  createModuleConnection,
  type HubIdentity,
  type ModuleConnection,
  type ModuleConnectionOptions,
} from "./mqtt/module-connection.ts";
export type { AnswerMethod, MethodAnswer, TwinDocument } from "./mqtt/session.ts";
export { provisioningErrors } from "./provisioning/errors.ts";
export { type Assignment, registerDevice } from "./provisioning/register-device.ts";
export {
  type CredentialSettings,
  certificateProblem,
  credentialKeys,
  type HubCredential,
  readCredential,
} from "./read-credential.ts";
export { audienceOf, type SasTokenParts, sasToken, stringToSign } from "./sas-token.ts";
export { applyMergePatch, mergePatchBetween } from "./twin/merge-patch.ts";
export { placeOfProxy, proxyFor, type WebProxy } from "./web-proxy.ts";
