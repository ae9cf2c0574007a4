/** The registry of coded errors: one file per part of the project, all documented in docs/errors.md. */
export { applyErrors } from "./apply.ts";
export { cliErrors } from "./cli.ts";
export { clusterErrors } from "./cluster.ts";
export { configErrors } from "./config.ts";
export { edgeAgentErrors } from "./edge-agent.ts";
export { EdgeError, type ErrorDefinition, registeredErrors } from "./edge-error.ts";
export { imagesErrors } from "./images.ts";
export { iotedgedErrors } from "./iotedged.ts";
export { kubernetesErrors } from "./kubernetes.ts";
export { moduleErrors } from "./modules.ts";
export { rbacErrors } from "./rbac.ts";
export { renderErrors } from "./render.ts";
export { rolloutErrors } from "./rollout.ts";
export { rolloutRunErrors } from "./rollout-run.ts";
export { runtimeErrors } from "./runtime.ts";
export { supportBundleErrors } from "./support-bundle.ts";
export { trustErrors } from "./trust.ts";
