import { readFile, stat } from "node:fs/promises";
import { EdgeError } from "#base";
import { rbacErrors } from "../errors.ts";
import { decodeText } from "./text/decode.ts";

const megabyte = 1024 * 1024;

/** Largest file that is read, in MB. */
export const maxFileMegabytes = 50;

/**
 * Reads a text file of bounded size, in UTF-8 or UTF-16; `-` is standard input.
 *
 * @throws EDGE_RBAC_FILE_UNREADABLE, EDGE_RBAC_FILE_TOO_LARGE
 */
export async function readBoundedFile(file: string, limit: number = maxFileMegabytes): Promise<string> {
  try {
    if (file === "-") return await readStandardInput(limit);
    const { size } = await stat(file);
    if (size > limit * megabyte) throw tooLarge(file, size, limit);
    return decodeText(await readFile(file));
  } catch (cause) {
    if (cause instanceof EdgeError) throw cause;
    throw rbacErrors.EDGE_RBAC_FILE_UNREADABLE({ file, problem: (cause as Error).message }, { cause });
  }
}

async function readStandardInput(limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > limit * megabyte) throw tooLarge("standard input", size, limit);
    chunks.push(chunk as Buffer);
  }
  return decodeText(Buffer.concat(chunks));
}

const tooLarge = (file: string, size: number, limit: number) =>
  rbacErrors.EDGE_RBAC_FILE_TOO_LARGE({ file, megabytes: Math.ceil(size / megabyte), limit });
