import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { Collector } from "../collect/collector.ts";
import { rbacErrors } from "../errors.ts";
import { parseText } from "./parse-text.ts";
import { readBoundedFile } from "./read-file.ts";
import { onlyCluster, type Source } from "./source.ts";

const extensions = new Set([".yaml", ".yml", ".json"]);

/**
 * Reads Kubernetes manifests from a file or from all YAML and JSON files below a folder, hidden ones and `node_modules`
 * left out.
 *
 * @throws EDGE_RBAC_SYNTAX, EDGE_RBAC_FILE_UNREADABLE, EDGE_RBAC_FILE_TOO_LARGE, EDGE_RBAC_OBJECT_INVALID,
 *   EDGE_RBAC_OBJECT_DUPLICATE, and EDGE_RBAC_SOURCE_EMPTY when there is no object at all
 */
export async function readManifests(path: string): Promise<Source> {
  const collector = new Collector({ cluster: onlyCluster });
  for (const file of await filesBelow(path)) addManifests(collector, await readBoundedFile(file), file);
  if (collector.count === 0) throw rbacErrors.EDGE_RBAC_SOURCE_EMPTY({ source: path });
  return { title: `manifests ${path}`, clusters: [collector.objects()] };
}

/** Adds all objects of one file's text to a collector. */
export function addManifests(collector: Collector, text: string, file: string): void {
  for (const [index, { content, line }] of parseText(text, file).entries()) {
    const origin = { file, ...(line === undefined ? {} : { line }) };
    const identity = `${file}#${index}`;
    if (Array.isArray(content)) for (const item of content) collector.add(item, { origin, identity });
    else collector.add(content, { origin, identity });
  }
}

async function filesBelow(path: string): Promise<string[]> {
  if (path === "-") return [path];
  const info = await stat(path).catch((cause: Error) => {
    throw rbacErrors.EDGE_RBAC_FILE_UNREADABLE({ file: path, problem: cause.message }, { cause });
  });
  if (!info.isDirectory()) return [path];
  const files: string[] = [];
  const entries = await readdir(path, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const file = join(path, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(file)));
    else if (extensions.has(extname(entry.name))) files.push(file);
  }
  return files;
}
