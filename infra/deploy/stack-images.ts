import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isJsonObject, parseJson } from "#base";
import { defaultImagesFile } from "#contract";
import type { StackProject } from "../render/index.ts";

/** The images that a stack declares, for display: it is the Pulumi program that checks them. */
export interface StackImages {
  /** File that has the references, relative to Pulumi.yaml; undefined where the stack's configuration has them itself. */
  readonly file: string | undefined;
  /** By key, such as `iotedged` and `modules.sensor`. */
  readonly references: Readonly<Record<string, string>>;
}

/** The image references of a stack. A file that is missing or cannot be read has none. */
export async function readStackImages({ name, config, directory }: StackProject): Promise<StackImages> {
  const own = flatten("", parseJson(config.get(`${name}:images`)));
  if (own.length > 0) return { file: undefined, references: Object.fromEntries(own) };
  const file = config.get(`${name}:imagesFile`) ?? defaultImagesFile;
  const text = await readFile(resolve(directory, file), "utf8").catch(() => undefined);
  return { file, references: Object.fromEntries(flatten("", parseJson(text))) };
}

function flatten(prefix: string, value: unknown): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === "string" ? [[prefix + key, item] as const] : flatten(`${prefix}${key}.`, item),
  );
}
