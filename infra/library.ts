/**
 * IoT Edge installations for Pulumi programs: what `import ... from "pulumi-iotedge"` gives.
 *
 * @module
 */
export { EdgeError } from "#base";
export {
  type CertManagerArgs,
  defaults,
  type EdgeAgentArgs,
  EdgeInstallation,
  type EdgeInstallationArgs,
  emptyDeployment,
  type HostPathArgs,
  type ImagesArgs,
  type IotedgedArgs,
  type IssuerRefArgs,
  type ModulePolicyArgs,
  type NetworkPolicyArgs,
  type ProxyArgs,
  type ResourcesArgs,
  TokenReview,
  type TrustArgs,
  type TrustRootArgs,
  type VolumesArgs,
  type WorkloadCaArgs,
} from "./installation/index.ts";
export { type InstallationOutputs, type StackOutputs, stackProgram } from "./program.ts";
