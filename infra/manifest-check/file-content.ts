import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { isUtf16, utf8Remedy } from "./utf16.ts";

/** What is in a file, or what keeps it from being read. */
export type FileContent = { readonly text: string } | { readonly failure: FileFailure };

export type FileFailure = "missing" | "too large" | "unreadable" | "no regular file" | "a symbolic link" | "UTF-16";

const maxBytes = 4 * 1024 * 1024;
const maxVariablesBytes = 256 * 1024;

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
    const bytes = readFileSync(file);
    return isUtf16(bytes) ? { failure: "UTF-16" } : { text: bytes.toString("utf8") };
  } catch (error) {
    return { failure: (error as NodeJS.ErrnoException).code === "ENOENT" ? "missing" : "unreadable" };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The way out of a `.env` that cannot be used, and what it would have to be. */
export function variablesRemedy(failure: FileFailure): string {
  if (failure === "UTF-16") return utf8Remedy;
  if (failure === "too large") return "Keep there what the manifest names, in at most 256 KiB.";
  return "Put a file of its own beside the manifest, which can be read.";
}
