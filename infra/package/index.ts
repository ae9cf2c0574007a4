/**
 * Compiles the project and packs it as an npm package.
 *
 * @module
 */
export { type BuildOptions, type BuiltPackage, buildPackage } from "./build-package.ts";
