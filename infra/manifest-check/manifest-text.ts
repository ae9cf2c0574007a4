import { isNestedDeeper, type JsonObject, parseJson, withoutByteOrderMark } from "#base";
import { type FileFailure, variablesRemedy } from "./file-content.ts";
import { findJsonProblem, type JsonPlace } from "./json-place.ts";
import type { Finding } from "./judgement.ts";
import { isUtf16, utf8Remedy } from "./utf16.ts";
import type { VariablesNote } from "./variables-text.ts";

/** What is in a file that was to be a manifest: its text, or why nobody can read one in it. */
export type ManifestText = { readonly text: string } | { readonly problem: Finding };

/** Most bytes of a manifest. */
export const maxLength = 4 * 1024 * 1024;
const maxDepth = 100;

/** The text of a file, where it is JSON. */
export function textOfManifest(bytes: Uint8Array): ManifestText {
  if (isUtf16(bytes)) {
    return unreadable("is UTF-16, and manifests are UTF-8", utf8Remedy);
  }
  if (bytes.length > maxLength) return unreadable("is larger than 4 MiB", "Make it smaller: a ConfigMap holds 1 MiB.");
  const text = withoutByteOrderMark(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const place = parseJson(text) === undefined ? findJsonProblem(text) : undefined;
  return place === undefined ? { text } : notJson(place);
}

function notJson({ problem, ...place }: JsonPlace): ManifestText {
  return unreadable(`is not JSON: ${problem}`, "Correct it there; the rest is judged once it can be read.", place);
}

/** What is wrong with a layer, or a base of layers, that is no JSON object. */
export const noObject: Finding = finding(
  "holds no JSON object of usual depth",
  'Write the manifest as {"modulesContent": {...}}.',
);

/** What is wrong with a `.env` beside a template. */
export function unreadVariables(failure: FileFailure): Finding {
  return finding(`is ${failure}`, variablesRemedy(failure));
}

/** What a `.env` beside a template says that nobody will see. */
export function noteOfVariables({ line, message, remedy }: VariablesNote): Finding {
  return { severity: "warning", path: "", message, remedy, line, column: 1 };
}

export function isOfUsualDepth(template: JsonObject): boolean {
  return !isNestedDeeper(template, maxDepth);
}

function unreadable(message: string, remedy: string, place: Pick<Finding, "line" | "column"> = {}): ManifestText {
  return { problem: finding(message, remedy, place) };
}

function finding(message: string, remedy: string, place: Pick<Finding, "line" | "column"> = {}): Finding {
  return { severity: "error", path: "", message, remedy, ...place };
}
