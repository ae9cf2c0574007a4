import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ImageContent } from "./catalog.ts";
import { writeEntries } from "./content.ts";
import { imagesErrors } from "./errors.ts";
import type { Architecture } from "./platform.ts";

/** An image and what is in it, by architecture. */
interface NamedContents {
  readonly definition: { readonly name: string };
  readonly contents: ReadonlyMap<Architecture, ImageContent>;
}

/**
 * Writes the files of each image into a directory of its name, for builders that make an image of files themselves.
 *
 * @throws EDGE_IMAGES_FILES_PLATFORM
 */
export async function writeImageFiles(plans: readonly NamedContents[], directory: string): Promise<void> {
  for (const { definition, contents } of plans) {
    const [content, ...others] = contents.values();
    if (content === undefined || others.length > 0) throw imagesErrors.EDGE_IMAGES_FILES_PLATFORM({ directory });
    const root = join(directory, definition.name);
    await mkdir(root, { recursive: true });
    await writeEntries(root, [...content.base, ...content.own]);
  }
}
