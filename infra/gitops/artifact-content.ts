import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { isJsonObject, parseJson } from "#base";
import { type Artifact, contentType, maxArchiveBytes } from "./artifact.ts";
import { gitopsErrors } from "./errors.ts";
import type { FolderFile } from "./marked-file.ts";

/** What 45 installations render, and little enough that nothing in a registry takes all memory. */
export const contentLimits = {
  manifestBytes: 1 << 20,
  layerBytes: maxArchiveBytes,
  archiveBytes: maxArchiveBytes,
  files: 5_000,
  /** Of YAML: what a parser makes of a byte is up to a thousand times as large. Rendered manifests have one in 11 bytes. */
  tokens: 500_000,
};

const unzip = promisify(gunzip);
const digestForm = /^sha256:([0-9a-f]{64})$/;

/**
 * The files of an artifact for Flux, from the OCI layout that skopeo has fetched and checked.
 *
 * @param reference for messages
 * @throws EDGE_GITOPS_ARTIFACT
 */
export async function readLayout(directory: string, reference: string): Promise<readonly FolderFile[]> {
  const unreadable = (problem: string) => gitopsErrors.EDGE_GITOPS_ARTIFACT({ reference, problem });
  const read = async (path: string, limit: number) => {
    const file = join(directory, path);
    if ((await stat(file)).size > limit) throw unreadable(`it has more than ${limit} bytes`);
    return readFile(file);
  };
  const blob = (digest: unknown, limit: number) => {
    const [, name] = digestForm.exec(String(digest)) ?? [];
    if (name === undefined) throw unreadable("a digest in it is none");
    return read(`blobs/sha256/${name}`, limit);
  };
  const index = parseJson((await read("index.json", contentLimits.manifestBytes)).toString("utf8"));
  const [entry] = listOf(index, "manifests");
  const manifest = parseJson((await blob(memberOf(entry, "digest"), contentLimits.manifestBytes)).toString("utf8"));
  const layers = listOf(manifest, "layers");
  const [layer] = layers;
  // Of several, Flux may take another one than that which is read here.
  if (layers.length !== 1 || memberOf(layer, "mediaType") !== contentType) {
    throw unreadable("it has no layer of manifests, or others besides");
  }
  const packed = await blob(memberOf(layer, "digest"), contentLimits.layerBytes);
  try {
    return readArchive(await unzip(packed, { maxOutputLength: contentLimits.archiveBytes }));
  } catch (cause) {
    throw gitopsErrors.EDGE_GITOPS_ARTIFACT({ reference, problem: (cause as Error).message }, { cause });
  }
}

/** The files of an artifact that was made here. */
export async function filesOf({ layer }: Artifact): Promise<readonly FolderFile[]> {
  return readArchive(await unzip(layer.bytes));
}

function memberOf(value: unknown, key: string): unknown {
  return isJsonObject(value) ? value[key] : undefined;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? list : [];
}

const block = 512;
const isFile: ReadonlySet<number> = new Set([0, 0x30]);

/**
 * The regular files of a tar archive. What it says of longer names is passed over: nobody relies on the names.
 *
 * @throws Error saying what is wrong
 */
export function readArchive(archive: Buffer): readonly FolderFile[] {
  const files: FolderFile[] = [];
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const header = archive.subarray(at, at + block);
    if (header.toString("latin1", 257, 262) !== "ustar") throw new Error("it is no tar archive");
    const size = Number.parseInt(textAt(header, 124, 12), 8);
    const end = at + block + size;
    if (!Number.isSafeInteger(size) || size < 0 || end > archive.length) throw new Error("its archive is cut off");
    if (isFile.has(header[156] ?? -1)) {
      if (files.length >= contentLimits.files) throw new Error(`it has more than ${contentLimits.files} files`);
      const prefix = textAt(header, 345, 155);
      const name = textAt(header, 0, 100);
      const content = archive.toString("utf8", at + block, end);
      files.push({ name: prefix === "" ? name : `${prefix}/${name}`, content });
    }
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}

function textAt(header: Buffer, at: number, length: number): string {
  const text = header.toString("latin1", at, at + length);
  const end = text.indexOf("\0");
  return (end < 0 ? text : text.slice(0, end)).trim();
}
