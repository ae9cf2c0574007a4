/**
 * The sidecar: HAProxy, its rules, and how its image is made up.
 *
 * @module
 */

export { configurationFiles, proxyCommand, stopSignal } from "./build.ts";
export { imageLayout, proxyEnvironment } from "./environment.ts";
