import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isJsonObject, parseJson } from "#base";
import type { StackProject } from "./project.ts";

/** Of the npm package of a release: references by digest. A checkout has none. */
export const releasedImages = join(import.meta.dirname, "../../images.json");

/** The images that a stack declares, for display: it is the Pulumi program that checks them. */
export interface StackImages {
  /**
   * File that has the references: relative to Pulumi.yaml, or that of a release; undefined where the stack's configuration
   * has them itself.
   */
  readonly file: string | undefined;
  /** By key, such as `iotedged` and `modules.sensor`. */
  readonly references: Readonly<Record<string, string>>;
}

/** The image references of a stack. A file that is missing or cannot be read has none. */
export async function readStackImages(
  { config, directory }: Pick<StackProject, "config" | "directory">,
  released = releasedImages,
): Promise<StackImages> {
  const own = flatten("", parseJson(config.get("iotedge:images")));
  if (own.length > 0) return { file: undefined, references: Object.fromEntries(own) };
  // Loaded here: it is the greater part of what reading RBAC from files would load.
  const { defaultImagesFile } = await import("#contract");
  const named = config.get("iotedge:imagesFile") ?? defaultImagesFile;
  const isReleased =
    named === defaultImagesFile && !(await isThere(resolve(directory, named))) && (await isThere(released));
  const file = isReleased ? released : named;
  const text = await readFile(resolve(directory, file), "utf8").catch(() => undefined);
  return { file, references: Object.fromEntries(flatten("", parseJson(text))) };
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function flatten(prefix: string, value: unknown): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === "string" ? [[prefix + key, item] as const] : flatten(`${prefix}${key}.`, item),
  );
}
