/**
 * The sidecar: how its image is made up.
 *
 * @module
 */

export { compilerOptions, compileSupervisor, supervisorSources, templatesDirectory } from "./build.ts";
export { imageLayout, proxyEnvironment } from "./environment.ts";
