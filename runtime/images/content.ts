import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** One entry of an image's file system. All belong to root; directories above it are made with mode 0755. */
export type Entry =
  | { readonly path: string; readonly mode: number; readonly bytes: Uint8Array }
  | {
      readonly path: string;
      readonly mode: number;
      readonly file: string;
      /** SHA-256 of the file in hex, where it is known already. */
      readonly sha256?: string;
    }
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly mode: number; readonly directory: true };

/** How a container of the image is started. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Signal that asks its program to end. @default SIGTERM */
  readonly stopSignal?: string;
}

const tagLength = 12;

/** Bytes of all files together. */
export async function unpackedBytes(entries: readonly Entry[]): Promise<number> {
  let total = 0;
  for (const entry of entries) {
    if ("bytes" in entry) total += entry.bytes.byteLength;
    if ("file" in entry) total += (await stat(entry.file)).size;
  }
  return total;
}

/** Tag that stands for exactly this content and configuration: the start of a SHA-256 in hex. */
export async function contentTag(entries: readonly Entry[], config: ImageConfig): Promise<string> {
  const hash = createHash("sha256").update(`${JSON.stringify(canonical(config))}\n`);
  for (const entry of [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))) await addEntry(hash, entry);
  return hash.digest("hex").slice(0, tagLength);
}

function canonical(config: ImageConfig) {
  const sorted = (record: Readonly<Record<string, string>>) =>
    Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
  return [config.entrypoint, sorted(config.environment), sorted(config.labels), config.stopSignal];
}

async function addEntry(hash: Hash, entry: Entry): Promise<void> {
  if ("link" in entry) hash.update(JSON.stringify([entry.path, "link", entry.link]));
  else if ("directory" in entry) hash.update(JSON.stringify([entry.path, entry.mode, "directory"]));
  else hash.update(JSON.stringify([entry.path, entry.mode, await digestOf(entry)]));
}

async function digestOf(entry: Extract<Entry, { bytes: Uint8Array } | { file: string }>): Promise<string> {
  if ("bytes" in entry) return createHash("sha256").update(entry.bytes).digest("hex");
  return entry.sha256 ?? fileSha256(entry.file);
}

/** SHA-256 of a file, in hex. */
export async function fileSha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

/** Writes the entries below a directory. */
export async function writeEntries(directory: string, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const target = join(directory, entry.path);
    await makeDirectories(directory, dirname(entry.path));
    if ("link" in entry) await symlink(entry.link, target);
    else {
      if ("directory" in entry) await mkdir(target);
      else if ("bytes" in entry) await writeFile(target, entry.bytes);
      else await copyFile(entry.file, target);
      await chmod(target, entry.mode);
    }
  }
}

/** Tag that stands for several contents and whatever else is told of an image. */
export function combinedTag(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, tagLength);
}

async function makeDirectories(root: string, path: string): Promise<void> {
  if (path === "/" || path === ".") return;
  await makeDirectories(root, dirname(path));
  const target = join(root, path);
  if ((await mkdir(target, { recursive: true })) !== undefined) await chmod(target, 0o755);
}
