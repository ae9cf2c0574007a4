import { resolve } from "node:path";
import { Check } from "typebox/value";
import { formatPath, type Problem, type Resolved } from "#base";
import { defaultImagesFile, type Images, ImagesSchema } from "#contract";
import { releasedImages } from "../render/index.ts";
import { configErrors } from "./errors.ts";
import { readJsonFile } from "./json-file.ts";
import type { WrittenConfig } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** The image references that the configuration names itself, or by a file. */
export function resolveImages(
  source: ConfigSource,
  written: Pick<WrittenConfig, "images" | "imagesFile">,
): Resolved<Images> {
  if (Object.keys(written.images).length === 0) return readImages(source, written.imagesFile);
  if (written.imagesFile !== defaultImagesFile) return { problems: [bothNamed] };
  if (Check(ImagesSchema, written.images)) return { value: written.images };
  const { modules: _, ...needed } = ImagesSchema.properties;
  const missing = Object.keys(needed).filter((key) => !(key in written.images));
  return { problems: missing.map(missingImage) };
}

const bothNamed: Problem = {
  path: "imagesFile",
  found: "stands beside images",
  allowed: "the only one of the two",
  remedy: "Remove one of them.",
};

function missingImage(key: string): Problem {
  return {
    path: formatPath(["images", key]),
    found: "is missing",
    allowed: "an image reference",
    remedy: "Add it, or remove images and let `npx edgectl images build` write imagesFile.",
  };
}

function readImages(source: ConfigSource, named: string): Resolved<Images> {
  const isReleased = named === defaultImagesFile && isMissing(source, named) && !isMissing(source, releasedImages);
  const file = isReleased ? releasedImages : named;
  const remedy = "Run `npx edgectl images build`, which writes it.";
  const missing = configErrors.EDGE_CONFIG_IMAGES_MISSING({ file });
  const read = readJsonFile(source, { path: ["imagesFile"], file, remedy, missing });
  if ("problems" in read) return read;
  if (Check(ImagesSchema, read.value)) return { value: read.value };
  const problem: Problem = {
    path: "imagesFile",
    found: `names ${file}, which is no list of images`,
    allowed: "a JSON file with the keys iotedged, edgeAgent, proxy and, by key, modules",
    remedy,
  };
  return { problems: [problem] };
}

function isMissing({ projectRoot, readFile }: ConfigSource, file: string): boolean {
  const content = readFile(resolve(projectRoot, file));
  return "failure" in content && content.failure === "missing";
}
