/**
 * What a support bundle is made of and what is left out of it, wherever it is made: by iotedged with its rights, or by
 * edgectl with those of who runs it.
 *
 * @module
 */
export { type BundleSource, bundleFiles, type Missing } from "./bundle-files.ts";
export { splitLines, timeOf, upTo } from "./lines.ts";
export { type ArchiveFile, zip } from "./zip.ts";
