import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { addAbortSignal } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import {
  isJsonObject,
  isNestedDeeper,
  type JsonObject,
  parseJson,
  parseKeepingDigits,
  withoutByteOrderMark,
} from "#base";
import { mergeLayers } from "#manifest";
import { manifestCheckErrors } from "./errors.ts";
import { fillImages } from "./fill-images.ts";
import { fillTemplate, lookupIn } from "./fill-template.ts";
import { findJsonProblem } from "./json-place.ts";
import type { WrittenManifest } from "./judge.ts";

const readProblems: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
};
const maxLength = 4 * 1024 * 1024;
const maxDepth = 100;

/** A manifest as EdgeAgent would get it, and where it comes from. */
export interface ReadManifest {
  readonly text: string;
  readonly written: WrittenManifest;
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
): Promise<ReadManifest> {
  const parts: { readonly file: string; readonly text: string }[] = [];
  for (const file of files) parts.push({ file, text: await readText(file, signal) });
  const [base = { file: "", text: "" }, ...layers] = await Promise.all(
    parts.map(async ({ file, text }) => ({ file, ...(await filledIn(file, text, filling)) })),
  );
  if (layers.length === 0) return { text: base.text, written: { parts } };
  const [document, ...over] = [base, ...layers].map(({ file, object }) => {
    if (object === undefined) {
      throw manifestCheckErrors.EDGE_MANIFEST_UNREADABLE({ file, problem: "it holds no JSON object of usual depth" });
    }
    return object;
  });
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
  if (!isJsonObject(template) || isNestedDeeper(template, maxDepth)) return { text };
  if (!text.includes("$")) return { text, object: template };
  const beside = file === "-" ? undefined : await readFile(join(dirname(file), ".env"), "utf8").catch(() => undefined);
  const lookup = lookupIn(beside, { names, environment: (name) => process.env[name] });
  const object = fillImages(fillTemplate(template, lookup), images).filled;
  return { text: JSON.stringify(object), object };
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  const unreadable = (problem: string) => manifestCheckErrors.EDGE_MANIFEST_UNREADABLE({ file, problem });
  const read = file === "-" ? readAll(addAbortSignal(signal, process.stdin)) : readFile(file, "utf8");
  const written = await read.catch((error: NodeJS.ErrnoException) => {
    if (signal.aborted) throw error;
    throw unreadable(readProblems[error.code ?? ""] ?? error.code ?? error.message);
  });
  if (written.length > maxLength) throw unreadable("it is larger than 4 MiB");
  const text = withoutByteOrderMark(written);
  const place = parseJson(text) === undefined ? findJsonProblem(text) : undefined;
  if (place !== undefined) throw unreadable(`line ${place.line}, column ${place.column}: ${place.problem}`);
  return text;
}
