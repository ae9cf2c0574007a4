/** A file of an archive. */
export interface TarEntry {
  /** Path inside the archive. */
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

const block = 512;
/** Room for a path in a header; a longer one has a record of its own before it. */
const pathBytes = 100;
const regularFile = "0";
const extendedHeader = "x";

/** Makes a tar archive (ustar) of regular files of user 0, dated 1970: equal entries give equal bytes. */
export function tarArchive(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) =>
    Buffer.byteLength(entry.path) > pathBytes
      ? [...file(longPath(entry), extendedHeader), ...file({ ...entry, path: shortened(entry.path) }, regularFile)]
      : file(entry, regularFile),
  );
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function file(entry: TarEntry, type: string): readonly Uint8Array[] {
  return [header(entry, type), entry.content, padding(entry.content.length)];
}

/** The record of POSIX.1-2001 that has the path of the file after it. Its length counts itself. */
function longPath({ path, mode }: TarEntry): TarEntry {
  const rest = ` path=${path}\n`;
  const bytes = Buffer.byteLength(rest);
  const digits = String(bytes + String(bytes).length).length;
  return { path: "pax", content: Buffer.from(`${bytes + digits}${rest}`), mode };
}

function shortened(path: string): string {
  return Buffer.from(path)
    .subarray(0, pathBytes)
    .toString("latin1")
    .replace(/[^\x20-\x7e]/g, "_");
}

function header({ path, content, mode }: TarEntry, type: string): Buffer {
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
  bytes.write(type, 156, "latin1");
  bytes.write("ustar\u000000", 257, "latin1");
  const checksum = bytes.reduce((sum, byte) => sum + byte, 0);
  bytes.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

function padding(length: number): Buffer {
  return Buffer.alloc((block - (length % block)) % block);
}
