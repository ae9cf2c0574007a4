import { access, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { Toolbox } from "./command.ts";
import type { Entry } from "./content.ts";
import { imagesErrors } from "./errors.ts";

/** Where the dynamic linker looks without further configuration, on Debian's and on other machines. */
const libraryDirectories = [
  "/lib/x86_64-linux-gnu",
  "/usr/lib/x86_64-linux-gnu",
  "/lib/aarch64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/lib64",
  "/usr/lib64",
  "/lib",
  "/usr/lib",
];

/**
 * The shared libraries that ELF programs need, those of their libraries included, and their program interpreter.
 *
 * Reads the programs instead of running them by `ldd`, since they may be of another Debian than the machine's.
 *
 * @param root directory that stands for `/`
 * @param programs paths below `root`
 * @throws EDGE_IMAGES_LIBRARY_MISSING
 */
export async function sharedLibraries(toolbox: Toolbox, root: string, programs: readonly string[]): Promise<Entry[]> {
  const found = new Map<string, Entry>();
  const pending = [...programs];
  for (let program = pending.pop(); program !== undefined; program = pending.pop()) {
    const needs = parseReadelf(
      await toolbox.run("readelf", ["--wide", "--dynamic", "--program-headers", join(root, program)]),
    );
    if (needs.interpreter !== undefined) found.set(needs.interpreter, await library(root, needs.interpreter));
    for (const name of needs.libraries) {
      if ([...found.keys()].some((path) => path.endsWith(`/${name}`))) continue;
      const path = await findLibrary(root, name);
      if (path === undefined) throw imagesErrors.EDGE_IMAGES_LIBRARY_MISSING({ library: name, program });
      found.set(path, await library(root, path));
      pending.push(path);
    }
  }
  return [...found.values()];
}

async function library(root: string, path: string): Promise<Entry> {
  return { path, mode: 0o755, file: await realpath(join(root, path)) };
}

async function findLibrary(root: string, name: string): Promise<string | undefined> {
  for (const directory of libraryDirectories) {
    const path = `${directory}/${name}`;
    if (await exists(join(root, path))) return path;
  }
  return undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Reads the names of needed libraries, and of the program interpreter, out of what `readelf` prints. */
export function parseReadelf(output: string): { readonly interpreter?: string; readonly libraries: readonly string[] } {
  const libraries = [...output.matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map((match) => match[1] ?? "");
  const interpreter = /\[Requesting program interpreter: ([^\]]+)\]/.exec(output)?.[1];
  return interpreter === undefined ? { libraries } : { interpreter, libraries };
}
