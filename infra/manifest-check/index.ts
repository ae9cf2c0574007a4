/**
 * Judges deployment manifests offline, by the parser and the policy that EdgeAgent has.
 *
 * @module
 */

export { type AssembledManifest, assemble } from "./assemble.ts";
export { addManifest } from "./cli.ts";
export {
  type FileContent,
  type FileFailure,
  readTextFile,
  readVariablesFile,
  variablesFileName,
  variablesRemedy,
} from "./file-content.ts";
export { lookupIn } from "./fill-template.ts";
export { findJsonProblem, type JsonPlace } from "./json-place.ts";
export { judgeManifest } from "./judge.ts";
export { ManifestCheckSchema } from "./judgement.ts";
export { parseAsWritten } from "./parse-as-written.ts";
export { type PlaceInPart, placeAt, placesInParts } from "./place.ts";
export { isUtf16, utf8Remedy } from "./utf16.ts";
export { readVariables, type Variables } from "./variables-text.ts";
