import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import { parseJson } from "#base";
import { imageCopyErrors } from "./errors.ts";
import { runTool } from "./skopeo.ts";

const closed = { additionalProperties: false } as const;
const SavedImageSchema = Type.Object(
  {
    key: Type.String({ maxLength: 140, pattern: "^(iotedged|edgeAgent|proxy|modules\\.[\\w.$-]{1,128})$" }),
    /** Where it was. */
    source: Type.String({ maxLength: 512 }),
    place: Type.String({ maxLength: 255, pattern: "^[a-z0-9]+([._/-]+[a-z0-9]+)*$" }),
    tag: Type.String({ pattern: "^\\w[\\w.-]{0,127}$" }),
    digest: Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }),
    /** `oci`: in the OCI layout, by its digest; else the directory that has it in Docker's format. */
    layout: Type.String({ pattern: "^(oci|docker-[0-9]{1,4})$" }),
  },
  closed,
);
const SavedImagesSchema = Type.Object(
  { version: Type.Literal(1), images: Type.Array(SavedImageSchema, { minItems: 1, maxItems: 500 }) },
  closed,
);
export type SavedImage = Static<typeof SavedImageSchema>;

export const listName = "iotedge-images.json";
const maxListBytes = 1024 * 1024;
/** What the first block of each archive has, in all formats since POSIX. */
const magic = { at: 257, text: "ustar" } as const;

/** A folder of images, in place or unpacked from an archive. */
export interface OpenArchive extends AsyncDisposable {
  readonly directory: string;
  readonly images: readonly SavedImage[];
}

export function isArchive(file: string): boolean {
  return file.endsWith(".tar");
}

type Refusal = (problem: string) => Error;

/**
 * What is in it was brought by others: it holds files and folders alone, none larger than the archive itself, so that nothing
 * is read from elsewhere and the disk takes no more than twice the archive.
 *
 * @throws EDGE_COPY_ARCHIVE
 */
export async function openArchive(file: string, signal: AbortSignal): Promise<OpenArchive> {
  const failed: Refusal = (problem) => imageCopyErrors.EDGE_COPY_ARCHIVE({ file, problem });
  const status = await stat(file).catch(() => undefined);
  if (status === undefined) throw failed("there is no such file");
  if (status.isDirectory()) {
    await requirePlainFiles(file, Number.POSITIVE_INFINITY, failed);
    return { directory: file, images: await readList(file, failed), [Symbol.asyncDispose]: async () => {} };
  }
  if (!status.isFile()) throw failed("it is neither a file nor a folder");
  await requirePlainTar(file, failed);
  const unpacked = await mkdtemp(join(tmpdir(), "edge-images-"));
  const dispose = () => rm(unpacked, { recursive: true, force: true });
  try {
    // An archive sets the mode of the folder that it is unpacked into, but not of the one around it, which is the user's alone.
    const directory = join(unpacked, "content");
    await mkdir(directory);
    const ofUser = ["--no-same-owner", "--no-same-permissions"];
    await runTool("tar", ["-x", ...ofUser, "-f", resolve(file), "-C", directory], file, signal).catch((cause) => {
      throw cause.code === "EDGE_COPY_FAILED" ? failed("it is no archive, or was cut off") : cause;
    });
    await requirePlainFiles(directory, status.size, failed);
    return { directory, images: await readList(directory, failed), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** tar unpacks what is compressed without being asked, and that can be a thousand times as large. */
async function requirePlainTar(file: string, failed: Refusal): Promise<void> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(magic.at + magic.text.length));
    if (buffer.subarray(magic.at, bytesRead).toString("latin1") === magic.text) return;
  } finally {
    await handle.close();
  }
  throw failed("it is no archive of tar, or a compressed one");
}

/** Links would lead elsewhere, pipes never end, and a sparse file can be as large as it says. */
async function requirePlainFiles(directory: string, mostBytes: number, failed: Refusal): Promise<void> {
  let bytes = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) throw failed(`${JSON.stringify(entry.name)} in it is neither a file nor a folder`);
    bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  if (bytes > mostBytes) throw failed("its files are larger than the archive");
}

/** Makes an archive of the folder, whole or not at all. */
export async function pack(directory: string, file: string, signal: AbortSignal): Promise<void> {
  const draft = join(dirname(resolve(file)), `.${process.pid}-${Date.now()}.tar`);
  try {
    await runTool("tar", ["-c", "-f", draft, "-C", directory, "."], file, signal);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

async function readList(directory: string, failed: Refusal): Promise<readonly SavedImage[]> {
  const path = join(directory, listName);
  const size = await open(path).then(
    async (handle) => {
      const { size: bytes } = await handle.stat();
      await handle.close();
      return bytes;
    },
    () => undefined,
  );
  if (size === undefined) throw failed(`it has no ${listName}`);
  if (size > maxListBytes) throw failed(`its ${listName} is larger than 1 MiB`);
  const list = parseJson(await readFile(path, "utf8"));
  if (!Check(SavedImagesSchema, list)) throw failed(`its ${listName} is no list of images`);
  return list.images;
}
