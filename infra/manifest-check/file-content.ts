import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { isUtf16, utf8Remedy } from "./utf16.ts";

/** What is in a file, or what keeps it from being read. */
export type FileContent = { readonly text: string } | { readonly failure: FileFailure };

export type FileFailure = "missing" | "too large" | "unreadable" | "no regular file" | "a symbolic link" | "UTF-16";

/** What a manifest may have beside it. */
export const variablesFileName = ".env";

const maxBytes = 4 * 1024 * 1024;
const maxVariablesBytes = 256 * 1024;
const chunkBytes = 64 * 1024;

/** Reads a file that somebody has named. A pipe or a device, which would never end, is not read. */
export function readTextFile(path: string): FileContent {
  return read(path, maxBytes, 0);
}

/**
 * Reads the `.env` beside a manifest. Whoever writes the manifest can put it there too, and would reach by a link what else
 * is on the machine of who deploys. A directory of that name is a usual place for Python's packages, and no such file.
 */
export function readVariablesFile(path: string): FileContent {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return { failure: "missing" };
  if (found?.isSymbolicLink()) return { failure: "a symbolic link" };
  return read(path, maxVariablesBytes, constants.O_NOFOLLOW);
}

function read(path: string, limit: number, flags: number): FileContent {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
    const found = fstatSync(file);
    if (!found.isFile()) return { failure: "no regular file" };
    if (found.size > limit) return { failure: "too large" };
    const bytes = readUpTo(file, limit);
    if (bytes === undefined) return { failure: "too large" };
    return isUtf16(bytes) ? { failure: "UTF-16" } : { text: bytes.toString("utf8") };
  } catch (error) {
    return { failure: (error as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "unreadable" };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Undefined where there is more. The size that a file has said is no limit: it may grow while it is read, and files that a
 * kernel makes say 0.
 */
function readUpTo(file: number, limit: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let left = limit; left >= 0; ) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, left + 1));
    const length = readSync(file, chunk, 0, chunk.length, null);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    left -= length;
  }
  return undefined;
}

/** The way out of a `.env` that cannot be used, and what it would have to be. */
export function variablesRemedy(failure: FileFailure): string {
  if (failure === "UTF-16") return utf8Remedy;
  if (failure === "too large") return "Keep there what the manifest names, in at most 256 KiB.";
  return "Put a file of its own beside the manifest, which can be read.";
}
