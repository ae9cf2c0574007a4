/**
 * Makes a project for somebody who uses the npm package: Pulumi program, stack, deployment manifest.
 *
 * @module
 */
export { newProjectErrors } from "./errors.ts";
export { type PackageSource, packageSource } from "./package-source.ts";
export { type NewProject, type Pipeline, projectFiles } from "./project-files.ts";
export { type WrittenFile, writeProject } from "./write-project.ts";
