/**
 * Judges deployment manifests offline, by the parser and the policy that EdgeAgent has.
 *
 * @module
 */
export { addManifest } from "./cli.ts";
export { fillImages } from "./fill-images.ts";
export { fillTemplate, lookupIn } from "./fill-template.ts";
export { findJsonProblem, type JsonPlace } from "./json-place.ts";
export { type PlaceInPart, placeAt, placesInParts } from "./place.ts";
export { isUtf16, utf8Remedy } from "./utf16.ts";
