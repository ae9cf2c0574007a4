import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { EdgeError, isJsonObject } from "#base";
import { trackedFiles } from "../git-worktree.ts";
import { readBoundedFile } from "../read-file.ts";
import {
  isRemote,
  kustomizationEntries,
  kustomizationNames,
  kustomizationsIn,
  pathFields,
} from "../rendered/remote-bases.ts";
import { readDocuments } from "../text/parse-text.ts";
import { FileHashes, InputsUnknown } from "./file-hashes.ts";

/**
 * Stands for all that a file of another tool makes its objects of: equal where it makes the same.
 *
 * @param file a kustomization, a Chart.yaml, or a program in Jsonnet
 * @param boundary the repository that it is in
 * @returns undefined where it may read what nobody can tell, such as what is on the network
 */
export async function inputsOf(file: string, boundary: string | undefined): Promise<string | undefined> {
  if (boundary === undefined) return undefined;
  const inputs = readersOf(basename(file));
  if (inputs === undefined) return undefined;
  try {
    const root = await realpath(boundary);
    const hashes = new FileHashes(root);
    const path = join(await realpath(dirname(file)), basename(file));
    await hashes.add(path);
    await inputs(path, hashes, root);
    return hashes.sum();
  } catch (error) {
    if (error instanceof InputsUnknown || error instanceof EdgeError) return undefined;
    if ((error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

type Reader = (file: string, hashes: FileHashes, root: string) => Promise<void>;

function readersOf(name: string): Reader | undefined {
  if (kustomizationNames.includes(name)) return addKustomization;
  if (name === "Chart.yaml") return addChart;
  return extname(name) === ".jsonnet" ? addImports : undefined;
}

/** What may come from somewhere else: charts, and functions in containers. */
const foreign =
  /\bhelmCharts\b|\bhelmChartInflationGenerator\b|HelmChartInflationGenerator|config\.kubernetes\.io\/function/;

/** All files beside and below it, and whatever its entries lead to. */
async function addKustomization(file: string, hashes: FileHashes): Promise<void> {
  const rest = [dirname(file)];
  const seen = new Set<string>();
  for (let folder = rest.pop(); folder !== undefined; folder = rest.pop()) {
    if (seen.has(folder)) continue;
    seen.add(folder);
    await hashes.add(folder);
    for (const name of await kustomizationsIn(folder)) {
      const text = await readBoundedFile(join(folder, name));
      if (foreign.test(text)) throw new InputsUnknown();
      for (const entry of await kustomizationEntries(folder, name)) {
        // Whatever stands at such a path here: kustomize takes it for an address.
        if (isRemote(entry)) throw new InputsUnknown();
        const local = resolve(folder, entry);
        const kind = await stat(local).catch(() => undefined);
        if (kind?.isDirectory()) rest.push(local);
        else if (kind !== undefined) await addProgram(local, hashes);
      }
      for (const entry of pathsIn(text, name))
        if ((await stat(resolve(folder, entry)).catch(() => undefined)) === undefined) throw new InputsUnknown();
    }
  }
}

/** A generator or transformer may name what only the network has. */
async function addProgram(file: string, hashes: FileHashes): Promise<void> {
  await hashes.add(file);
  if (foreign.test(await readBoundedFile(file))) throw new InputsUnknown();
}

/** Entries that cannot be objects in place. */
function pathsIn(text: string, name: string): string[] {
  return readDocuments(text, name).flatMap((document) => {
    if ("broken" in document || !isJsonObject(document.content)) throw new InputsUnknown();
    const { content } = document;
    const entries = pathFields.flatMap((field) => content[field] ?? []);
    return entries.filter((entry): entry is string => typeof entry === "string" && !entry.includes("\n"));
  });
}

const mayBeValues = /\.(?:ya?ml|json)$|values/i;

/**
 * The chart, and whatever of the repository an Application may name as its values: which those are stands in the cluster, or
 * in a manifest elsewhere.
 */
async function addChart(file: string, hashes: FileHashes, root: string): Promise<void> {
  await hashes.add(dirname(file));
  for (const path of await trackedFiles(root)) {
    const place = join(root, path);
    if (
      mayBeValues.test(basename(path)) &&
      (await stat(place).catch(() => undefined))?.isFile() &&
      !(await isManifest(place))
    )
      await hashes.add(place);
  }
}

/** Objects of Kubernetes alone; they are judged by themselves. */
async function isManifest(file: string): Promise<boolean> {
  const documents = readDocuments(await readBoundedFile(file), file);
  return documents.every((one) => {
    if ("broken" in one) return false;
    if (one.content === null || one.content === undefined) return true;
    return (
      isJsonObject(one.content) && typeof one.content.kind === "string" && typeof one.content.apiVersion === "string"
    );
  });
}

/** Jsonnet takes nothing but literal texts as addresses of what it imports. */
async function addImports(file: string, hashes: FileHashes): Promise<void> {
  const rest = [file];
  const seen = new Set<string>();
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    await hashes.add(next);
    const text = (await readFile(next)).toString("utf8");
    const imports = [...text.matchAll(/\bimport(str|bin)?\b\s*(?:@?(["'])(.*?)\2|(\S))/gs)];
    for (const [, kind, , path, other] of imports) {
      if (other !== undefined || path === undefined || path.includes("\\")) throw new InputsUnknown();
      const target = resolve(dirname(next), path);
      if ((await stat(target).catch(() => undefined)) === undefined) throw new InputsUnknown();
      if (kind === undefined) rest.push(target);
      else await hashes.add(target);
    }
  }
}
