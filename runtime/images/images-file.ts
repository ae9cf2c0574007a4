import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Value } from "typebox/value";
import { parseJson, writeAtomically } from "#base";
import { type Images, ImagesSchema } from "#contract";
import type { ImageDefinition } from "./catalog.ts";
import { imagesErrors } from "./errors.ts";

type Name = ImageDefinition["name"];

/** The image references that one file holds; incomplete while not all images were built. */
export type ImageReferences = Partial<Record<Name, string>>;

/**
 * Enters references into the images file; those of other images stay.
 *
 * @returns whether the file is there: it is not written before all of the runtime's images have a reference
 * @throws EDGE_IMAGES_FILE_INVALID
 */
export async function updateImagesFile(path: string, references: ImageReferences): Promise<boolean> {
  const images = merge(await readImagesFile(path), references);
  if (images === undefined) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, `${JSON.stringify(images, null, 2)}\n`);
  return true;
}

/** The file's content, or `undefined` when there is no such file. */
async function readImagesFile(path: string): Promise<Images | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseImages(path, text);
}

function parseImages(path: string, text: string): Images {
  const value = parseJson(text);
  if (value === undefined) throw imagesErrors.EDGE_IMAGES_FILE_INVALID({ path, problems: "it is not JSON" });
  if (Value.Check(ImagesSchema, value)) return value;
  const problems = Value.Errors(ImagesSchema, value).map(
    (error) => `${error.instancePath || "the whole"} ${error.message}`,
  );
  throw imagesErrors.EDGE_IMAGES_FILE_INVALID({ path, problems: problems.join("; ") });
}

function merge(old: Images | undefined, references: ImageReferences): Images | undefined {
  const iotedged = references.iotedged ?? old?.iotedged;
  const edgeAgent = references["edge-agent"] ?? old?.edgeAgent;
  const proxy = references.proxy ?? old?.proxy;
  const sample = references.sample ?? old?.modules?.sample;
  if (iotedged === undefined || edgeAgent === undefined || proxy === undefined) return undefined;
  const modules = { ...old?.modules, ...(sample === undefined ? {} : { sample }) };
  return { iotedged, edgeAgent, proxy, modules };
}
