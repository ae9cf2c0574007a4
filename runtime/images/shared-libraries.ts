import { access, lstat, readlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
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

/** A program whose libraries are looked for. */
export interface ElfProgram {
  /** In the image. */
  readonly path: string;
  readonly file: string;
}

/**
 * The shared libraries that ELF programs need, those of their libraries included, and their program interpreter.
 *
 * Reads the programs instead of running them by `ldd`, since they may be of another Debian or architecture than the
 * machine's.
 *
 * @param root directory that stands for `/` of the libraries
 * @throws EDGE_IMAGES_LIBRARY_MISSING
 */
export async function sharedLibraries(
  toolbox: Toolbox,
  root: string,
  programs: readonly ElfProgram[],
): Promise<Entry[]> {
  const found = new Map<string, Entry & ElfProgram>();
  const pending = [...programs];
  for (let program = pending.pop(); program !== undefined; program = pending.pop()) {
    const needs = parseReadelf(
      await toolbox.run("readelf", ["--wide", "--dynamic", "--program-headers", program.file]),
    );
    if (needs.interpreter !== undefined) found.set(needs.interpreter, await library(root, needs.interpreter));
    for (const name of needs.libraries) {
      if ([...found.keys()].some((path) => path.endsWith(`/${name}`))) continue;
      const path = await findLibrary(root, name);
      if (path === undefined) throw imagesErrors.EDGE_IMAGES_LIBRARY_MISSING({ library: name, program: program.path });
      const entry = await library(root, path);
      found.set(path, entry);
      pending.push(entry);
    }
  }
  return [...found.values()];
}

async function library(root: string, path: string): Promise<Entry & ElfProgram> {
  return { path, mode: 0o755, file: await resolveBelow(root, path) };
}

const mostLinks = 20;

/** The file that a path leads to, its links read as in a container whose `/` is the root: not those of this machine. */
export async function resolveBelow(root: string, path: string): Promise<string> {
  let current = resolve("/", path);
  for (let links = 0; links < mostLinks; links++) {
    const file = join(root, current);
    if (!(await lstat(file)).isSymbolicLink()) return file;
    current = resolve(dirname(current), await readlink(file));
  }
  throw new Error(`${path} is a circle of links`);
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
