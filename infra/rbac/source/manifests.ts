import { createHash } from "node:crypto";
import { readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { Collector } from "../collect/collector.ts";
import { rbacErrors } from "../errors.ts";
import type { ClusterObjects, Origin } from "../model/objects.ts";
import { boundaryOf } from "./links.ts";
import { type ManifestFile, manifestFiles } from "./manifest-files.ts";
import { readBoundedFile } from "./read-file.ts";
import { onlyCluster, type Source } from "./source.ts";
import { readDocuments } from "./text/parse-text.ts";

/** What reports call standard input. */
export const standardInput = "standard input";

export interface ManifestOptions {
  /** Namespace of objects that name none. @default "default" */
  readonly namespace?: string;
}

/** Where a text comes from. */
export interface TextPlace {
  /** Tells texts apart whose files have the same name, such as those of two revisions. @default the file's name */
  readonly identity?: string;
  /** Stands for all that another tool makes of it, and what that reads. @default not known */
  readonly reads?: string;
  /** What reports call the place of a line. @default the file and the line */
  originAt?(line: number | undefined): Origin;
}

/**
 * Reads Kubernetes manifests from a file, or from all YAML and JSON files below a folder, as `kubectl apply -R` does. What
 * cannot be read is unresolved, document by document.
 *
 * @throws EDGE_RBAC_FILE_UNREADABLE, EDGE_RBAC_FILE_TOO_LARGE, EDGE_RBAC_OBJECT_DUPLICATE, EDGE_RBAC_DOCUMENT_EXCESSIVE,
 *   EDGE_RBAC_SOURCE_ESCAPES, EDGE_RBAC_NAME_NOT_UTF8, and EDGE_RBAC_SOURCE_EMPTY when there is no object at all
 */
export async function readManifests(path: string, options: ManifestOptions = {}): Promise<Source> {
  const collector = collectorFor(options);
  const boundary = await boundaryOf(path);
  for (const file of await manifestFiles(path, boundary))
    await addFile(collector, file, file.path === "-" ? standardInput : file.path, boundary);
  await addAttributes(collector, boundary);
  const shown = path === "-" ? standardInput : path;
  return { title: `manifests ${shown}`, clusters: [collected(collector, shown)] };
}

/** Notes what git does with the files of a repository before they are read here. */
export async function addAttributes(collector: Collector, boundary: string | undefined): Promise<void> {
  if (boundary === undefined || !(await hasGit(boundary))) return;
  await (await import("./git-attributes.ts")).addGitAttributes(collector, boundary);
}

const hasGit = async (folder: string) => (await stat(join(folder, ".git")).catch(() => undefined)) !== undefined;

/** Files of which other tools make objects, with what they read besides. */
const readsOthers = /(?:^|[/\\])(?:kustomization\.ya?ml|Kustomization|Chart\.yaml|[^/\\]*\.jsonnet)$/;

/**
 * Adds what a file at or below a path of manifests makes.
 *
 * @param shown what reports call it
 * @param boundary the repository that it is in
 */
export async function addFile(
  collector: Collector,
  { path, role }: ManifestFile,
  shown: string,
  boundary: string | undefined,
): Promise<void> {
  const provenance = { origin: { file: shown }, identity: path };
  if (role === "bystander") {
    const { accessOf } = await import("./bystander.ts");
    const access = await accessOf(path);
    if (access === undefined) return;
    const problem = `lies where tools keep their files, and holds ${access.what}; name its folder to have it read`;
    collector.noteDocument(problem, access.hash, provenance);
    return;
  }
  if (role === "folder") {
    collector.noteDocument(linksToFolder, path, provenance, hashOf(await readlink(path)));
    return;
  }
  const text = await readBoundedFile(path);
  // Telling what a file reads takes what nothing else needs.
  const inputs = readsOthers.test(path)
    ? await (await import("./inputs/inputs-of.ts")).inputsOf(path, boundary)
    : undefined;
  const reads = inputs === undefined ? undefined : `${shown} ${inputs}`;
  if (role === "manifest")
    addManifests(collector, text, shown, { identity: path, ...(reads === undefined ? {} : { reads }) });
  else collector.noteDocument(rendersJsonnet, reads ?? path, provenance, hashOf(text));
}

const linksToFolder =
  "is a link to a folder, whose kustomization Flux builds; remove the link, or pass what 'kustomize build' prints";
const rendersJsonnet = "is Jsonnet, of which Argo CD makes objects; pass what it renders";
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** A collector for manifests, which tell no clusters apart. */
export function collectorFor({ namespace }: ManifestOptions): Collector {
  return new Collector({ cluster: onlyCluster, ...(namespace === undefined ? {} : { defaultNamespace: namespace }) });
}

/** @throws EDGE_RBAC_SOURCE_EMPTY */
export function collected(collector: Collector, source: string): ClusterObjects {
  const objects = collector.objects();
  if (collector.count === 0 && objects.unresolved.length === 0) throw rbacErrors.EDGE_RBAC_SOURCE_EMPTY({ source });
  return objects;
}

/** Adds all objects of one file's text to a collector. */
export function addManifests(collector: Collector, text: string, file: string, place: TextPlace = {}): void {
  const inFile = (line: number | undefined) => ({ file, ...(line === undefined ? {} : { line }) });
  const { identity: prefix = file, originAt = inFile } = place;
  if (text.includes("\uFFFD")) {
    const problem = "holds bytes that are no UTF-8, which the API server refuses and others read otherwise";
    collector.noteDocument(problem, hashOf(text), { origin: originAt(undefined), identity: prefix });
  }
  const { reads } = place;
  const named = { ...(place.originAt === undefined ? { file } : {}), ...(reads === undefined ? {} : { reads }) };
  for (const [index, document] of readDocuments(text, file).entries()) {
    const identity = `${prefix}#${index}`;
    if ("broken" in document) {
      const { line, column, problem } = document.broken;
      const provenance = { origin: originAt(line), identity };
      collector.noteDocument(
        `is no valid YAML or JSON (line ${line}, column ${column}): ${problem}`,
        document.hash,
        provenance,
      );
      continue;
    }
    const { content, line, doubt } = document;
    const origin = originAt(line);
    if (doubt !== undefined && concernsAccess(content))
      collector.noteDocument(doubt.problem, doubt.hash, { origin, identity });
    const provenance = { origin, identity, ...named };
    if (Array.isArray(content)) for (const item of content) collector.add(item, provenance);
    else collector.add(content, provenance);
  }
}

/** Descriptions of all languages hold rare characters; they matter in names of accounts and roles. */
const concernsAccess = (content: unknown) =>
  /"rbac\.authorization\.k8s\.io|"ServiceAccount"/.test(JSON.stringify(content));
