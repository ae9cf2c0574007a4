import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { rbacErrors } from "../errors.ts";
import { requireInside, requireName } from "./links.ts";

/** What a file at or below a path is to those who apply that path. */
export interface ManifestFile {
  readonly path: string;
  /**
   * - `manifest`: kubectl and what delivers from git make objects of it
   * - `bystander`: kubectl would, but it lies where tools keep what is theirs, so it matters for what it grants alone
   * - `program`: what delivers from git runs it, and makes objects of what comes out
   * - `folder`: a link to a folder, with the name of a manifest
   */
  readonly role: "manifest" | "bystander" | "program" | "folder";
}

/** As Go cuts them off, by which kubectl chooses: a file may be called `.yaml`. */
const manifestEnding = /\.(?:json|yaml|yml)$/;
/** Kustomize looks for this name, too, wherever Argo CD and Flux look for a kustomization. */
const kustomization = "Kustomization";
/** Argo CD renders each in a folder of manifests. */
const programEnding = /\.jsonnet$/;

/** Folders that git and npm fill. */
const toolFolders = new Set([".git", "node_modules"]);

/**
 * All files at or below a path that matter to `kubectl apply -R` or to what delivers from git, in an order that does not
 * depend on the machine. Links to folders are not followed: neither follows any.
 *
 * @param path `-` is standard input
 * @param boundary folder that no link may lead out of; undefined: links may lead anywhere
 * @throws EDGE_RBAC_FILE_UNREADABLE, EDGE_RBAC_SOURCE_ESCAPES, EDGE_RBAC_NAME_NOT_UTF8
 */
export async function manifestFiles(path: string, boundary: string | undefined): Promise<ManifestFile[]> {
  if (path === "-") return [{ path, role: "manifest" }];
  if (boundary !== undefined) await requireInside(boundary, path);
  const info = await stat(path).catch(unreadable(path));
  if (!info.isDirectory()) return [{ path, role: roleOf(path) ?? "manifest" }];
  return filesIn(path, boundary, false);
}

async function filesIn(folder: string, boundary: string | undefined, isTools: boolean): Promise<ManifestFile[]> {
  const files: ManifestFile[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(unreadable(folder));
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      await requireName(path);
      files.push(...(await filesIn(path, boundary, isTools || toolFolders.has(entry.name))));
      continue;
    }
    const role = roleOf(entry.name);
    if (role === undefined) continue;
    if (entry.isSymbolicLink() && boundary !== undefined) await requireInside(boundary, path);
    await requireName(path);
    if (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isDirectory()) {
      files.push({ path, role: "folder" });
      continue;
    }
    files.push({ path, role: isTools && role === "manifest" ? "bystander" : role });
  }
  return files;
}

function roleOf(name: string): ManifestFile["role"] | undefined {
  if (programEnding.test(name)) return "program";
  return manifestEnding.test(name) || name === kustomization ? "manifest" : undefined;
}

const unreadable = (file: string) => (cause: Error) => {
  throw rbacErrors.EDGE_RBAC_FILE_UNREADABLE({ file, problem: cause.message }, { cause });
};
