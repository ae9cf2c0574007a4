import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { EdgeError } from "#base";
import type { Collector } from "../collect/collector.ts";
import { trackedFiles } from "./git-worktree.ts";
import { readBoundedFile } from "./read-file.ts";

/** By these git writes other bytes into a working tree than it keeps. Filters are the user's own, and are left alone. */
const rewrites = /\bworking-tree-encoding\b|(?:^|\s)ident(?:\s|=|$)/m;

/**
 * Notes the attributes of a repository by which a checkout holds other texts than Flux reads, which takes files as git keeps
 * them: in another encoding a line break of YAML is none.
 *
 * @param root of the working tree
 */
export async function addGitAttributes(collector: Collector, root: string): Promise<void> {
  const problem = "makes git write files otherwise than it keeps them, which is how Flux reads them";
  for (const file of await attributeFiles(root)) {
    const path = join(root, file);
    // Git itself follows no link here.
    if (!(await lstat(path).catch(() => undefined))?.isFile()) continue;
    const text = await readBoundedFile(path);
    if (!rewrites.test(text)) continue;
    const hash = createHash("sha256").update(`${file} ${text}`).digest("hex");
    collector.noteDocument(problem, hash, { origin: { file }, identity: hash });
  }
}

/** What git cannot list it cannot check out either. */
async function attributeFiles(root: string): Promise<readonly string[]> {
  try {
    return await trackedFiles(root, ":(glob)**/.gitattributes");
  } catch (error) {
    if (error instanceof EdgeError) return [];
    throw error;
  }
}
