/**
 * Copies images between registries and files, with their digests.
 *
 * @module
 */

export { imageList, type NamedImage, nameImage, parseNamedImage, placeImages } from "./collection.ts";
export { type CopiedImage, type CopyOptions, loadImages, mirrorImages, saveImages } from "./copy-images.ts";
export { imageCopyErrors } from "./errors.ts";
export { type ImageReference, parseReference, parseRegistry } from "./reference.ts";
export { type Layer, openSkopeo, type Skopeo } from "./skopeo.ts";
