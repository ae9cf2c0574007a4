import { lstat, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "#base";
import { makeDirectory } from "../render/index.ts";
import { gitopsErrors } from "./errors.ts";
import { type FolderFile, readMark } from "./marked-file.ts";

/** A folder of a repository is a few files per installation; more than this is somebody's home directory. */
const maxFiles = 20_000;
const markBytes = 1024;
/** Each makes a folder a kustomization, and two of them are an error. */
const kustomizationNames = ["kustomization.yml", "Kustomization"];

export interface FolderChange {
  /** All files that the folder has from edgectl now. */
  readonly files: readonly string[];
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Makes a folder hold these files, and none of those that this stack had there before. Files of others stay as they are.
 *
 * Who wrote a file stands in its first line, so that the folder needs no record that could get lost, and a run that is cut
 * off leaves nothing that the next one does not know. The kustomization comes after the files that it names, and before
 * others go, so that it never names what is not there.
 *
 * @param owner whose manifests they are, as the files' marks say
 * @param files the kustomization last
 * @throws EDGE_GITOPS_FOREIGN, EDGE_GITOPS_OTHER_OWNER, EDGE_GITOPS_TOO_MANY_FILES before anything is changed
 */
export async function writeManifestFolder(
  directory: string,
  owner: string,
  files: readonly FolderFile[],
): Promise<FolderChange> {
  await makeDirectory(directory);
  const names = new Set(files.map(({ name }) => name));
  const own = await ownFiles(directory, owner, names);
  const written: string[] = [];
  for (const { name, content } of files) {
    if (own.has(name) && (await readFile(join(directory, name), "utf8")) === content) continue;
    await writeAtomically(join(directory, name), content, { mode: 0o644 });
    written.push(name);
  }
  const removed = [...own].filter((name) => !names.has(name)).sort();
  for (const name of removed) await rm(join(directory, name));
  return { files: [...names], written, removed };
}

/** Names of the files in the folder that edgectl wrote for the owner. */
async function ownFiles(directory: string, owner: string, wanted: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const present = await readdir(directory);
  if (present.length > maxFiles) {
    throw gitopsErrors.EDGE_GITOPS_TOO_MANY_FILES({ directory, limit: String(maxFiles) });
  }
  const own = new Set<string>();
  for (const name of present) {
    const mark = await markOf(join(directory, name));
    if (mark?.file !== name) {
      if (!wanted.has(name) && !kustomizationNames.includes(name)) continue;
      throw gitopsErrors.EDGE_GITOPS_FOREIGN({ file: join(directory, name) });
    }
    if (mark.owner !== owner) throw gitopsErrors.EDGE_GITOPS_OTHER_OWNER({ directory, owner: mark.owner });
    own.add(name);
  }
  return own;
}

/** Undefined for what is no plain file: a symbolic link leads to where edgectl has nothing to say. */
async function markOf(path: string) {
  if (!(await lstat(path)).isFile()) return undefined;
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(markBytes), 0, markBytes, 0);
    return readMark(buffer.toString("utf8", 0, bytesRead));
  } finally {
    await handle.close();
  }
}
