import { Zip, ZipDeflate } from "fflate";

/** A file of an archive. */
export interface ArchiveFile {
  /** Path inside the archive, with slashes. */
  readonly name: string;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Fast rather than small: logs are compressed to a tenth at any level. */
const level = 3;
const nothing = new Uint8Array();

/**
 * Packs files as they come, one after the other; what is held at once is one chunk.
 *
 * @param time milliseconds since the epoch, written as each file's
 */
export async function* zip(files: AsyncIterable<ArchiveFile>, time: number): AsyncGenerator<Uint8Array> {
  const packed: Uint8Array[] = [];
  const archive = new Zip((error, chunk) => {
    if (error) throw error;
    packed.push(chunk);
  });
  for await (const { name, content } of files) {
    const file = new ZipDeflate(name, { level });
    file.mtime = time;
    archive.add(file);
    for await (const chunk of content) {
      file.push(chunk);
      yield* packed.splice(0);
    }
    file.push(nothing, true);
    yield* packed.splice(0);
  }
  archive.end();
  yield* packed;
}
