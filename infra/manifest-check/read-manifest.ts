import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { buffer as readAll } from "node:stream/consumers";
import { isJsonObject, type JsonObject, parseKeepingDigits } from "#base";
import { pathOfSteps } from "#manifest";
import { assemble } from "./assemble.ts";
import { manifestCheckErrors } from "./errors.ts";
import { type FileContent, readVariablesFile, variablesFileName } from "./file-content.ts";
import { type Lookup, lookupIn } from "./fill-template.ts";
import type { WrittenManifest } from "./judge.ts";
import type { Finding } from "./judgement.ts";
import {
  isOfUsualDepth,
  maxLength,
  noObject,
  noteOfVariables,
  textOfManifest,
  unreadVariables,
} from "./manifest-text.ts";
import { placeAt } from "./place.ts";
import { readVariables, type Variables } from "./variables-text.ts";

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
};

/** A manifest as EdgeAgent would get it, and where it comes from. */
export interface ReadManifest {
  readonly text: string;
  readonly written: WrittenManifest;
}

/** Files in which nobody can read a manifest: what is wrong with each. */
export interface UnreadManifest {
  readonly problems: readonly Finding[];
}

/**
 * Reads a manifest and the layers over it, with what stands for their placeholders.
 *
 * @param files the base first; `-` is standard input
 */
export async function readManifest(
  files: readonly string[],
  filling: Filling,
  signal: AbortSignal,
): Promise<ReadManifest | UnreadManifest> {
  const parts: { readonly file: string; readonly text: string }[] = [];
  const problems: Finding[] = [];
  const report = (file: string, problem: Finding) =>
    problems.push({ ...problem, ...(file === files[0] ? {} : { file }) });
  for (const file of files) {
    const read = textOfManifest(await readBytes(file, signal));
    if ("problem" in read) report(file, read.problem);
    else parts.push({ file, text: read.text });
  }
  if (problems.length > 0) return { problems };
  const [only = { file: "", text: "" }, ...layers] = parts;
  const templates = parts.map(({ text }) => templateIn(text));
  const isAsWritten = layers.length === 0 && (templates[0] === undefined || !only.text.includes("$"));
  if (isAsWritten) return { text: only.text, written: { parts } };
  for (const [index, { file }] of parts.entries()) if (templates[index] === undefined) report(file, noObject);
  if (problems.length > 0) return { problems };
  const notes = new Map<string, readonly Finding[]>();
  const lookups = parts.map(({ file }) => {
    const own = join(dirname(file), variablesFileName);
    const beside: FileContent = file === "-" ? { failure: "missing" } : readVariablesFile(own);
    if ("failure" in beside && beside.failure !== "missing") report(own, unreadVariables(beside.failure));
    const variables = "text" in beside ? readVariables(beside.text) : undefined;
    // Layers of one folder have one such file.
    notes.set(own, variables?.notes.map((note) => ({ ...noteOfVariables(note), file: own })) ?? []);
    return lookupOf(variables, filling);
  });
  if (problems.length > 0) return { problems };
  const assembled = assemble(
    lookups.map((lookup, index) => ({ template: templates[index] ?? {}, lookup })),
    filling.images,
  );
  for (const { part, keys, ...problem } of assembled.fillProblems) {
    const { file, text } = parts[part] ?? only;
    const place = keys === undefined ? { path: "" } : { path: pathOfSteps(keys, ""), ...placeAt(text, keys) };
    report(file, { severity: "error", ...place, ...problem });
  }
  if (problems.length > 0) return { problems };
  const written = { parts, assembled, notes: [...notes.values()].flat() };
  return { text: JSON.stringify(assembled.document), written };
}

/** What stands for placeholders, beside a file `.env` that is beside the manifest's own. */
export interface Filling {
  /** A stack's images of modules, by their keys. */
  readonly images: Readonly<Record<string, string>>;
  /** Names that the environment gives. */
  readonly variables: readonly string[];
}

/** Undefined where the text holds none that is as deep as manifests are. */
function templateIn(text: string): JsonObject | undefined {
  const template = parseKeepingDigits(text);
  return isJsonObject(template) && isOfUsualDepth(template) ? template : undefined;
}

function lookupOf(variables: Variables | undefined, { variables: names }: Filling): Lookup {
  return lookupIn(variables, { names, environment: (name) => process.env[name] });
}

async function readBytes(file: string, signal: AbortSignal): Promise<Uint8Array> {
  // A device such as /dev/zero has no end.
  const stream =
    file === "-" ? addAbortSignal(signal, process.stdin) : createReadStream(file, { end: maxLength, signal });
  return readAll(stream).catch((error: NodeJS.ErrnoException) => {
    if (signal.aborted) throw error;
    const problem = readProblems[error.code ?? ""] ?? error.code ?? error.message;
    throw manifestCheckErrors.EDGE_MANIFEST_UNREADABLE({ file, problem });
  });
}
