/**
 * What IoT Hub and its provisioning service speak. No Kubernetes.
 *
 * @module
 */

export { audienceOf, type SasTokenParts, sasToken, stringToSign } from "./sas-token.ts";
