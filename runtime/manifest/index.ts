/**
 * Deployment manifests of IoT Edge: what they say, and whether the installation allows it. No I/O.
 *
 * @module
 */

export { closedDomains, closedPrefixes, freeAnnotations } from "./annotations.ts";
export { maxStopTimeout } from "./create-options.ts";
export { deviceVariables, noDevices } from "./device-variables.ts";
export { hugePages, plainResources, resourcesOf } from "./extended-resources.ts";
export { proxyPortsOf, proxyPortsOnNode, settleProxyPorts } from "./host-network.ts";
export { makingTypes } from "./host-paths.ts";
export { hasMovingTag } from "./image-reference.ts";
export { AffinitySchema, safeSysctls, TolerationsSchema } from "./kubernetes-schemas.ts";
export { contentKeys, type LayerEntry, type LayeredManifest, type LayerProblem, mergeLayers } from "./layers.ts";
export { type LeastPolicy, leastPolicy, policyWith, settingsWith } from "./least-policy.ts";
export { leastProfile } from "./least-profile.ts";
export { isLowPort } from "./low-ports.ts";
export { type DeploymentManifest, type EnvironmentValue, lastInOrder, type Module } from "./manifest.ts";
export { fixed, Message, Quoted, say } from "./message.ts";
export {
  type ClaimOptions,
  type ContainerPort,
  type Healthcheck,
  type PodOptions,
  plainOptions,
  type Resources,
  type ServicePort,
} from "./module-options.ts";
export type { Privileges } from "./namespace-border.ts";
export { openPorts, type PortRange, portsOfNode, portsOfNodeItself } from "./open-ports.ts";
export { type ParsedManifest, parseManifest } from "./parse-manifest.ts";
export {
  freeNodeLabels,
  freeTopologyKeys,
  lostNodeTaints,
  modulePodLabel,
  nodeNameLabel,
  runtimePods,
} from "./placement.ts";
export {
  describeProblem,
  type ModuleSwitch,
  moduleSwitches,
  type PolicyNeed,
  type Problem,
  pathOf,
  problemOf,
  shown,
  type Told,
  toldOf,
} from "./problems.ts";
export { noCredentials, type Registry, type RegistryCredentials } from "./registry-credentials.ts";
export { pathOfSteps, repeatedKeys } from "./repeated-keys.ts";
export { strategyTypeOf } from "./rolling-update.ts";
