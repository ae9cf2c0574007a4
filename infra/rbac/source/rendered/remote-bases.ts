import { stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { isJsonObject } from "#base";
import { rbacErrors } from "../../errors.ts";
import { readBoundedFile } from "../read-file.ts";
import { readDocuments } from "../text/parse-text.ts";

/** In the order in which kustomize looks for them. */
export const kustomizationNames: readonly string[] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/** Fields whose entries are each a file, a folder or an address. */
export const pathFields: readonly string[] = [
  "resources",
  "bases",
  "components",
  "crds",
  "configurations",
  "generators",
  "transformers",
  "validators",
];
/** Fields that name files or folders, or hold objects with such fields. */
const fields = [
  ...pathFields,
  "patches",
  "patchesStrategicMerge",
  "patchesJson6902",
  "replacements",
  "openapi",
  "configMapGenerator",
  "secretGenerator",
];
/** Those whose entries are files of objects with fields of their own. */
const programs = ["generators", "transformers", "validators"];
/** Far more than any overlay has. */
const maxKustomizations = 1000;
const maxMegabytes = 5;

/**
 * Refuses a kustomization that takes anything from the network, itself or by its bases. Kustomize could not reach it anyway;
 * this says where it stands.
 *
 * @param shown what reports call the folder
 * @throws EDGE_RBAC_SOURCE_REMOTE, EDGE_RBAC_TOOL_EXCESSIVE, EDGE_RBAC_FILE_UNREADABLE
 */
export async function requireLocal(folder: string, shown: string): Promise<void> {
  const rest = [folder];
  const seen = new Set<string>();
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (seen.size > maxKustomizations) {
      const problem = `it has more than ${maxKustomizations} bases and components`;
      throw rbacErrors.EDGE_RBAC_TOOL_EXCESSIVE({ source: shown, problem });
    }
    const name = await nameIn(next);
    if (name === undefined) continue;
    for (const entry of await kustomizationEntries(next, name)) {
      const local = resolve(next, entry);
      const kind = await stat(local).catch(() => undefined);
      if (kind?.isDirectory()) rest.push(local);
      else if (kind === undefined && isRemote(entry))
        throw rbacErrors.EDGE_RBAC_SOURCE_REMOTE({ file: join(shown, relative(folder, next), name), entry });
    }
  }
}

/** What reports call the file of a kustomization. */
export async function kustomizationFile(folder: string, shown: string): Promise<string> {
  return join(shown, (await nameIn(folder)) ?? "kustomization.yaml");
}

/** Files of a folder that kustomize would take for one; it refuses more than one. */
export async function kustomizationsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of kustomizationNames)
    if ((await stat(join(folder, name)).catch(() => undefined))?.isFile()) found.push(name);
  return found;
}

async function nameIn(folder: string): Promise<string | undefined> {
  for (const name of kustomizationNames)
    if ((await stat(join(folder, name)).catch(() => undefined))?.isFile()) return name;
  return undefined;
}

/** All texts of a kustomization, and of the generators and transformers that it names, that may be a path. */
export async function kustomizationEntries(folder: string, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const content of await objectsIn(folder, name)) {
    found.push(...fields.flatMap((field) => textsIn(content[field])));
    for (const entry of programs.flatMap((field) => textsIn(content[field]))) {
      const isFile = (await stat(resolve(folder, entry)).catch(() => undefined))?.isFile();
      if (isFile) for (const object of await objectsIn(folder, entry)) found.push(...textsIn(object));
    }
  }
  return found;
}

async function objectsIn(folder: string, name: string): Promise<Readonly<Record<string, unknown>>[]> {
  const documents = readDocuments(await readBoundedFile(resolve(folder, name), maxMegabytes), name);
  return documents.flatMap((document) =>
    "broken" in document || !isJsonObject(document.content) ? [] : [document.content],
  );
}

/** Lines of a longer text, too: objects may stand in it. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.split("\n").flatMap((line) => [line.trim(), afterKey(line)]);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Of `name=path`, `name: path` and `- path`. */
const afterKey = (line: string) =>
  line
    .replace(/^.*?(?:=|:\s|-\s)\s*/, "")
    .replaceAll(/["'[\],]/g, "")
    .trim();

/** URLs, `git@host:path`, `host.tld/path` and `git::...`, as kustomize takes them. */
export function isRemote(entry: string): boolean {
  return (
    /^(?:git::)?[a-z][a-z0-9+.-]*:\/\//i.test(entry) ||
    /^(?:git::)?(?:gh:|[^/\s]+@[^/\s]+[:/])/i.test(entry) ||
    /^(?:git::)?(?:www\.)?github\.com[/:]/i.test(entry) ||
    /\?(?:[^/]*&)?(?:ref|version|submodules|timeout)=/.test(entry)
  );
}
