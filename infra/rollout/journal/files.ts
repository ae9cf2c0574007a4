import { mkdir, open, readdir, rename, writeFile } from "node:fs/promises";
import { syncToDisk } from "#base";
import { rolloutErrors } from "../errors.ts";

/** What a journal needs of a file system. */
export interface Files {
  /** Names in a directory; none where it does not exist. */
  list(directory: string): Promise<readonly string[]>;
  /** @returns undefined when there is no such file */
  read(path: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Makes the directory and those above it. */
  makeDirectory(path: string): Promise<void>;
  /** Writes a file so that its content survives a crash; its name does only after {@link syncDirectory}. */
  write(path: string, content: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Makes names in the directory survive a crash. */
  syncDirectory(path: string): Promise<void>;
  openToAppend(path: string): Promise<AppendFile>;
}

export interface AppendFile {
  /** Writes all of it at the end. */
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when all that was written survives a crash. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The machine's file system. Runs hold names and addresses of clusters, so only their owner can read them. */
export const nodeFiles: Files = {
  list: (directory) => orWhenMissing(readdir(directory), []),
  read: async (path, maxBytes) => {
    const file = await orWhenMissing(open(path, "r"), undefined);
    if (file === undefined) return undefined;
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw rolloutErrors.EDGE_ROLLOUT_FILE_TOO_LARGE({ file: path, limit: megabytes(maxBytes) });
      return await file.readFile();
    } finally {
      await file.close();
    }
  },
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  write: (path, content) => writeFile(path, content, { mode: 0o600, flush: true }),
  rename,
  syncDirectory: syncToDisk,
  openToAppend,
};

async function openToAppend(path: string): Promise<AppendFile> {
  const file = await open(path, "a");
  return {
    append: (bytes) => file.appendFile(bytes),
    sync: () => file.datasync(),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  };
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}

async function orWhenMissing<Value, Fallback>(work: Promise<Value>, fallback: Fallback): Promise<Value | Fallback> {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return fallback;
    throw error;
  }
}
