import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { isJsonObject, parseJson } from "#base";

/** All files of a project but those below the given paths, with their paths in it. */
export async function filesBut(
  project: string,
  given: readonly string[],
): Promise<readonly (readonly [path: string, bytes: Uint8Array])[]> {
  const entries = await readdir(project, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(project, join(parentPath, name)))
    .filter((path) => !given.some((one) => path === one || path.startsWith(`${one}/`)));
  return Promise.all(paths.map(async (path) => [path, await readFile(join(project, path))] as const));
}

/** The private keys in a stack's state, as PEM, each once. */
export async function keysOfState(file: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value === "string" && value.startsWith("-----BEGIN") && value.includes("PRIVATE KEY")) found.add(value);
    if (Array.isArray(value)) value.forEach(look);
    else if (isJsonObject(value)) Object.values(value).forEach(look);
  };
  look(parseJson(await readFile(file, "utf8")));
  return [...found];
}
