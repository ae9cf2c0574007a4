/**
 * Runs the Pulumi program without the Pulumi CLI, plugins or a cluster, and yields the Kubernetes objects that it
 * declares. It is to this project what `helm template` is to a chart.
 *
 * @module
 */

export { renderErrors } from "./errors.ts";
export { forgetKeys } from "./forget-keys.ts";
export { readKeptState } from "./kept-state.ts";
export { describeObject, type KubernetesObject, type RenderedObject } from "./kubernetes-object.ts";
export { makeDirectory, objectFileName, writeManifestDirectory } from "./manifest-directory.ts";
export { compareObjects, installRank } from "./order.ts";
export {
  findProjectDirectory,
  listStacks,
  loadProject,
  requireStackName,
  type StackProject,
  stackDirectoryOf,
  stackFileOf,
  stateDirectoryOf,
} from "./project.ts";
export type { Rendering, RenderOptions } from "./render.ts";
export { renderStack } from "./render-stack.ts";
export { formatJson, formatYaml, secretPlaceholder, toManifest, unknownPlaceholder } from "./shown-objects.ts";
export { readStackImages, releasedImages, type StackImages } from "./stack-images.ts";
export {
  fileStorage,
  type StateStorage,
  type StoragePlace,
  type StoredState,
  scratchStorage,
  storageOf,
} from "./state-storage.ts";
export type { StateEntry } from "./state-store.ts";
export type { Path, PropertyMap, Value } from "./values.ts";
