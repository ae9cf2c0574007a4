/**
 * Manifests for GitOps: rendered without keys, the same on every machine, in a folder that a GitOps controller applies.
 *
 * @module
 */

export { type Artifact, type ArtifactOrigin, lockArtifact, makeArtifact, signerAnnotation } from "./artifact.ts";
export { contentLimits, filesOf } from "./artifact-content.ts";
export { gitopsErrors } from "./errors.ts";
export { folderFiles } from "./kustomization.ts";
export { type FolderChange, writeManifestFolder } from "./manifest-folder.ts";
export type { FolderFile } from "./marked-file.ts";
export { type PushOptions, pushArtifact, readTarget } from "./push-artifact.ts";
export { openRegistryTags, type RegistryTags, type Repository, type TagState } from "./registry-tags.ts";
export { type KeylessOptions, renderKeyless } from "./render-keyless.ts";
export { type KeyFileOptions, keyFiles } from "./sops/key-files.ts";
