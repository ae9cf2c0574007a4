/** A file of an archive. */
export interface TarEntry {
  /** Path inside the archive, at most 100 bytes. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

const block = 512;

/** Makes a tar archive (ustar) of regular files of user 0, dated 1970: equal entries give equal bytes. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => [header(entry), entry.content, padding(entry.content.length)]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header({ path, content, mode }: TarEntry): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`path is too long for a tar archive: ${path}`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, length: number) =>
    bytes.write(`${value.toString(8).padStart(length - 1, "0")}\0`, offset, "latin1");
  bytes.write(path, 0, "utf8");
  octal(mode, 100, 8);
  octal(0, 108, 8); // user
  octal(0, 116, 8); // group
  octal(content.length, 124, 12);
  octal(0, 136, 12); // modification time
  bytes.fill(" ", 148, 156); // the checksum counts itself as spaces
  bytes.write("0", 156, "latin1"); // a regular file
  bytes.write("ustar\u000000", 257, "latin1");
  const checksum = bytes.reduce((sum, byte) => sum + byte, 0);
  bytes.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

function padding(length: number): Buffer {
  return Buffer.alloc((block - (length % block)) % block);
}
