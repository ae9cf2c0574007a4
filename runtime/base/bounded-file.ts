import { createReadStream } from "node:fs";

/**
 * The text of a file that somebody has named, which may be a pipe, as of `<(...)`. What it says of its size counts for
 * nothing: pipes and the files of a kernel say 0, and others grow meanwhile.
 *
 * @param limit bytes
 * @returns undefined where there is more
 * @throws the error of the system
 */
export async function readBounded(file: string, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = await createReadStream(file, { end: limit }).toArray();
  const bytes = Buffer.concat(chunks);
  return bytes.length > limit ? undefined : bytes.toString("utf8");
}
