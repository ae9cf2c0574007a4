import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";

/**
 * Makes the package's source maps name lines alone. Stack traces and breakpoints go by lines; columns, which the compiler
 * writes for each word, would be a sixth of the package.
 */
export async function keepLines(staging: string): Promise<void> {
  const files = (await readdir(staging, { recursive: true })).filter((file) => file.endsWith(".js.map"));
  for (const file of files) {
    const map = JSON.parse(await readFile(join(staging, file), "utf8"));
    const mappings = encode(decode(map.mappings).map((line) => line.slice(0, 1)));
    await writeFile(join(staging, file), JSON.stringify({ ...map, mappings }));
  }
}
