import { randomBytes } from "node:crypto";
import { chmod, open, readlink, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** A file in the making beside the one that it will replace. */
export interface DraftFile extends AsyncDisposable {
  /** Where to write; nothing exists there yet. */
  readonly path: string;
  /** Permissions to create it with, so that whoever may not read the file cannot read the draft either. */
  readonly mode: number;
  /** Puts it into place, and returns when it would survive a crash of the machine. */
  keep(): Promise<void>;
}

export interface AtomicOptions {
  /** Permissions of the new file; by default those of the file that it replaces. */
  readonly mode?: number | undefined;
}

/**
 * Replaces a file whole: whoever reads it, or comes back after a crash, finds the old content or the new.
 *
 * A symbolic link stays, and what it points to is replaced. When anything fails, the old file and nothing else is there.
 */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  options: AtomicOptions = {},
): Promise<void> {
  await using draft = await draftFile(file, options);
  const handle = await open(draft.path, "wx", draft.mode);
  try {
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
  await draft.keep();
}

/** Like {@link writeAtomically}, for content that comes bit by bit. Without `keep` nothing is replaced. */
export async function draftFile(file: string, { mode }: AtomicOptions = {}): Promise<DraftFile> {
  const target = await followLinks(file);
  const path = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  const wanted = mode ?? (await modeOf(target));
  return {
    path,
    mode: wanted ?? 0o666,
    keep: async () => {
      if (wanted !== undefined) await chmod(path, wanted);
      await syncToDisk(path);
      await rename(path, target);
      await syncToDisk(dirname(target));
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Makes the content of a file, or the names in a directory, survive a crash of the machine. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file that a path names in the end, whether it is there or not. */
async function followLinks(path: string, links = 0): Promise<string> {
  const target = await readlink(path).catch((error: NodeJS.ErrnoException) => {
    // EINVAL: it is no link.
    if (error.code === "EINVAL" || error.code === "ENOENT") return undefined;
    throw error;
  });
  if (target === undefined) return path;
  if (links === 40) throw Object.assign(new Error(`too many symbolic links: ${path}`), { code: "ELOOP" });
  return followLinks(resolve(dirname(path), target), links + 1);
}

async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode & 0o7777,
    () => undefined,
  );
}
