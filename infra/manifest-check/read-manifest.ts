import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { buffer as readAll } from "node:stream/consumers";
import { isJsonObject, type JsonObject, parseKeepingDigits } from "#base";
import { mergeLayers } from "#manifest";
import { manifestCheckErrors } from "./errors.ts";
import { fillImages } from "./fill-images.ts";
import { fillTemplate, lookupIn } from "./fill-template.ts";
import type { WrittenManifest } from "./judge.ts";
import type { Finding } from "./judgement.ts";
import { isOfUsualDepth, noObject, textOfManifest } from "./manifest-text.ts";

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
  const [base = { file: "", text: "" }, ...layers] = await Promise.all(
    parts.map(async ({ file, text }) => ({ file, ...(await filledIn(file, text, filling)) })),
  );
  if (layers.length === 0) return { text: base.text, written: { parts } };
  const [document, ...over] = [base, ...layers].map(({ file, object }) => {
    if (object === undefined) report(file, noObject);
    return object ?? {};
  });
  if (problems.length > 0) return { problems };
  const layered = mergeLayers(document ?? {}, over);
  return { text: JSON.stringify(layered.document), written: { parts, layered } };
}

/** What stands for placeholders, beside a file `.env` that is beside the manifest's own. */
export interface Filling {
  /** A stack's images of modules, by their keys. */
  readonly images: Readonly<Record<string, string>>;
  /** Names that the environment gives. */
  readonly variables: readonly string[];
}

interface Filled {
  readonly text: string;
  /** Undefined where the text holds none that is as deep as manifests are. */
  readonly object?: JsonObject;
}

async function filledIn(file: string, text: string, { images, variables: names }: Filling): Promise<Filled> {
  const template = parseKeepingDigits(text);
  if (!isJsonObject(template) || !isOfUsualDepth(template)) return { text };
  if (!text.includes("$")) return { text, object: template };
  const beside = file === "-" ? undefined : await readFile(join(dirname(file), ".env"), "utf8").catch(() => undefined);
  const lookup = lookupIn(beside, { names, environment: (name) => process.env[name] });
  const object = fillImages(fillTemplate(template, lookup), images).filled;
  return { text: JSON.stringify(object), object };
}

async function readBytes(file: string, signal: AbortSignal): Promise<Uint8Array> {
  const read = file === "-" ? readAll(addAbortSignal(signal, process.stdin)) : readFile(file);
  return read.catch((error: NodeJS.ErrnoException) => {
    if (signal.aborted) throw error;
    const problem = readProblems[error.code ?? ""] ?? error.code ?? error.message;
    throw manifestCheckErrors.EDGE_MANIFEST_UNREADABLE({ file, problem });
  });
}
