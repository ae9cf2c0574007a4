import { mkdtemp, open, readFile, rename, rm, stat } from "node:fs/promises";
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

/** A folder of images, in place or unpacked from an archive. */
export interface OpenArchive extends AsyncDisposable {
  readonly directory: string;
  readonly images: readonly SavedImage[];
}

export function isArchive(file: string): boolean {
  return file.endsWith(".tar");
}

/** @throws EDGE_COPY_ARCHIVE */
export async function openArchive(file: string, signal: AbortSignal): Promise<OpenArchive> {
  const failed = (problem: string) => imageCopyErrors.EDGE_COPY_ARCHIVE({ file, problem });
  const status = await stat(file).catch(() => undefined);
  if (status === undefined) throw failed("there is no such file");
  if (status.isDirectory()) {
    return { directory: file, images: await readList(file, failed), [Symbol.asyncDispose]: async () => {} };
  }
  const directory = await mkdtemp(join(tmpdir(), "edge-images-"));
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    await runTool("tar", ["-x", "-f", resolve(file), "-C", directory], file, signal).catch((cause) => {
      throw cause.code === "EDGE_COPY_FAILED" ? failed("it is no archive, or was cut off") : cause;
    });
    return { directory, images: await readList(directory, failed), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
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

async function readList(directory: string, failed: (problem: string) => Error): Promise<readonly SavedImage[]> {
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
