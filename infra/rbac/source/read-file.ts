import { createReadStream } from "node:fs";
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
    if (file === "-") return await readStream(process.stdin, "standard input", limit);
    const { size } = await stat(file);
    // Devices have no size, and maybe no end; a link may lead to one.
    if (size === 0) return await readStream(createReadStream(file), file, limit);
    if (size > limit * megabyte) throw tooLarge(file, size, limit);
    return decodeText(await readFile(file));
  } catch (cause) {
    if (cause instanceof EdgeError) throw cause;
    throw rbacErrors.EDGE_RBAC_FILE_UNREADABLE({ file, problem: (cause as Error).message }, { cause });
  }
}

async function readStream(stream: AsyncIterable<unknown>, file: string, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > limit * megabyte) throw tooLarge(file, size, limit);
    chunks.push(chunk as Buffer);
  }
  return decodeText(Buffer.concat(chunks));
}

const tooLarge = (file: string, size: number, limit: number) =>
  rbacErrors.EDGE_RBAC_FILE_TOO_LARGE({ file, megabytes: Math.ceil(size / megabyte), limit });
