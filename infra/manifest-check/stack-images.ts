import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isJsonObject, parseJson } from "#base";
import { defaultImagesFile } from "#contract";
import { loadProject } from "../render/index.ts";

/** Of the npm package of a release. A checkout has none. */
const releasedImages = join(import.meta.dirname, "../../images.json");
const maxDepth = 100;

/**
 * Images by their keys, as a stack's configuration names them: `images.modules`, or those of its file. None where there are
 * none yet.
 */
export async function moduleImagesOf(
  projectDirectory: string,
  stack: string,
): Promise<Readonly<Record<string, string>>> {
  const { config, directory } = await loadProject(projectDirectory, stack);
  const written = parseJson(config.get("iotedge:images"), { maxDepth });
  const own = modulesIn(written);
  if (own !== undefined) return own;
  const named = config.get("iotedge:imagesFile") ?? defaultImagesFile;
  const files = [resolve(directory, named), ...(named === defaultImagesFile ? [releasedImages] : [])];
  for (const file of files) {
    const text = await readFile(file, "utf8").catch(() => undefined);
    const found = modulesIn(parseJson(text, { maxDepth }));
    if (found !== undefined) return found;
  }
  return {};
}

function modulesIn(images: unknown): Readonly<Record<string, string>> | undefined {
  if (!isJsonObject(images) || Object.keys(images).length === 0) return undefined;
  const { modules } = images;
  const named = isJsonObject(modules) ? Object.entries(modules) : [];
  return Object.fromEntries(named.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
