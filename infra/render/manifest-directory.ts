import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseJson } from "#base";
import { isBuiltInGroup, type KubernetesObject } from "./kubernetes-object.ts";
import { installRank } from "./order.ts";
import { formatYaml } from "./shown-objects.ts";

/**
 * Names the files that the last run wrote, so that the next one removes those it does not write again. By its ending
 * kubectl and the tools around it, which read hidden files as well, see that it is no manifest.
 */
const indexFile = ".edgectl-manifests";
/** Its name in 0.1, which they took for a manifest. */
const formerIndexFile = `${indexFile}.json`;
const safeName = /^\d\d-[A-Za-z0-9_.-]+\.yaml$/;

/**
 * Writes one file per object and removes files of earlier runs that are no longer there. Files that somebody else put
 * into the directory stay.
 *
 * @returns names of the files that were written and removed
 */
export async function writeManifestDirectory(directory: string, objects: readonly KubernetesObject[]) {
  await makeDirectory(directory);
  const files = new Map(objects.map((object) => [manifestFileName(object), object]));
  const previous = await readIndex(directory);
  const written = [...files.keys()].sort();
  // The index comes first: a run that is cut off must not leave files that nobody remembers.
  await writeIndex(directory, [...new Set([...previous, ...written])].sort());
  for (const [name, object] of files) {
    const mode = object.kind === "Secret" ? 0o600 : 0o644;
    await rm(join(directory, name), { force: true });
    await writeFile(join(directory, name), await formatYaml([object]), { mode });
  }
  const removed = previous.filter((name) => !files.has(name));
  for (const name of removed) await rm(join(directory, name), { force: true });
  await writeIndex(directory, written);
  await rm(join(directory, formerIndexFile), { force: true });
  return { written, removed };
}

/** `06-serviceaccount_edge-a_iotedged.yaml`: in the order of installation, which `kubectl apply -f` follows. */
export function manifestFileName(object: KubernetesObject): string {
  return `${String(installRank(object.kind)).padStart(2, "0")}-${objectFileName(object)}`;
}

/** `serviceaccount_edge-a_iotedged.yaml`. */
export function objectFileName(object: KubernetesObject): string {
  const group = isBuiltInGroup(object.apiVersion) ? "" : `.${object.apiVersion.split("/")[0]}`;
  const { namespace, name } = object.metadata;
  const parts = [`${object.kind.toLowerCase()}${group}`, ...(namespace === undefined ? [] : [namespace]), name];
  // No namespace holds an underscore and no name two periods in a row, so that different objects get different files.
  return `${parts.join("_").replaceAll(":", "..")}.yaml`;
}

/** Node's own recursive `mkdir` never ends where a directory takes no entries and says ENOENT, as /proc does. */
export async function makeDirectory(path: string): Promise<void> {
  if (await isDirectory(path)) return;
  await makeDirectory(dirname(path));
  await mkdir(path);
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

async function readIndex(directory: string): Promise<readonly string[]> {
  const read = (file: string) => readFile(join(directory, file), "utf8");
  const text = await read(indexFile).catch(() => read(formerIndexFile).catch(() => "[]"));
  const content = parseJson(text);
  if (!Array.isArray(content)) return [];
  return content.filter((name): name is string => typeof name === "string" && safeName.test(name));
}

async function writeIndex(directory: string, names: readonly string[]): Promise<void> {
  await writeFile(join(directory, indexFile), `${JSON.stringify(names, null, 2)}\n`);
}
