import { mkdir, open, readdir, rename, writeFile } from "node:fs/promises";
import { rolloutErrors } from "../errors.ts";
import type { AppendFile, Files } from "./files.ts";

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
  syncDirectory: async (path) => {
    const directory = await open(path, "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
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
