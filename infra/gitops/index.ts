/**
 * Manifests for GitOps: rendered without keys, the same on every machine, in a folder that a GitOps controller applies.
 *
 * @module
 */

export { gitopsErrors } from "./errors.ts";
export { folderFiles } from "./kustomization.ts";
export { type FolderChange, writeManifestFolder } from "./manifest-folder.ts";
export { type PushOptions, pushArtifact, readTarget } from "./push-artifact.ts";
export { type KeylessOptions, renderKeyless } from "./render-keyless.ts";
export { type KeyFileOptions, keyFiles } from "./sops/key-files.ts";
