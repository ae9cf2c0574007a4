import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Message } from "esbuild";
import { imagesErrors } from "./errors.ts";
import { namedSources } from "./named-sources.ts";
import { ownPackages } from "./own-packages.ts";
import { dropUnusedModules } from "./unused-modules.ts";

const runtimeDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const projectDirectory = dirname(runtimeDirectory);

/** Path of a program's entry in the source tree. */
export function programEntry(program: string): string {
  return join(runtimeDirectory, program, "main.ts");
}

/** CommonJS dependencies call `require` for Node's own modules; some dependencies import `createRequire` themselves. */
const banner = 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';

/** A program in one file. */
export interface Bundle {
  readonly bytes: Uint8Array;
  /** Directories of the npm packages that are in it. */
  readonly packages: readonly string[];
}

/**
 * Bundles programs into one file each, by the name of their folder in `runtime/`. Names stay, so that stack traces in
 * the log can be read; `keepNames` would add nothing to that, but name every function anew that is made while a request
 * is served. Comments go: one letter of theirs that is not ASCII, and V8 keeps the whole text with two bytes a character.
 *
 * @param packageDirectories directories like `node_modules` of packages that are not this project's own
 * @throws EDGE_IMAGES_BUNDLE_FAILED
 */
export async function bundlePrograms(
  programs: readonly string[],
  packageDirectories: readonly string[] = [],
): Promise<ReadonlyMap<string, Uint8Array>> {
  return bytesOf(await bundlesOf(programs, packageDirectories));
}

/** Bundles as {@link bundlePrograms} does, and tells of what. */
export function bundlesOf(
  programs: readonly string[],
  packageDirectories: readonly string[] = [],
): Promise<ReadonlyMap<string, Bundle>> {
  return bundle(Object.fromEntries(programs.map((program) => [program, programEntry(program)])), packageDirectories);
}

/**
 * Bundles as {@link bundlePrograms} does.
 *
 * @param entries path of each program's entry, by the program's name
 * @throws EDGE_IMAGES_BUNDLE_FAILED
 */
export async function bundleEntries(
  entries: Readonly<Record<string, string>>,
  packageDirectories: readonly string[] = [],
): Promise<ReadonlyMap<string, Uint8Array>> {
  return bytesOf(await bundle(entries, packageDirectories));
}

function bytesOf(bundles: ReadonlyMap<string, Bundle>): ReadonlyMap<string, Uint8Array> {
  return new Map([...bundles].map(([name, { bytes }]) => [name, bytes]));
}

async function bundle(
  entries: Readonly<Record<string, string>>,
  packageDirectories: readonly string[],
): Promise<ReadonlyMap<string, Bundle>> {
  const [packages] = packageDirectories;
  // Names of CommonJS modules are paths from here: the same wherever the checkout and the cache are.
  const absWorkingDir = packages === undefined ? projectDirectory : dirname(packages);
  const result = await build({
    absWorkingDir,
    entryPoints: entries,
    outdir: "/",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    nodePaths: [...packageDirectories],
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    target: "node24",
    legalComments: "none",
    minifyWhitespace: true,
    // Of a program that fails Node.js prints the line.
    lineLimit: 160,
    define: { "process.env.NODE_ENV": '"production"' },
    banner: { js: banner },
    plugins: [
      dropUnusedModules,
      ...(packages === undefined ? [] : [ownPackages(packages), namedSources(projectDirectory)]),
    ],
    logLevel: "silent",
  }).catch((error: { errors?: Message[] }) => {
    const problems = (error.errors ?? []).map(describe).join("; ") || String(error);
    throw imagesErrors.EDGE_IMAGES_BUNDLE_FAILED(
      { entry: Object.keys(entries).join(", "), problems },
      { cause: error },
    );
  });
  const inputs = new Map(
    Object.entries(result.metafile.outputs).map(([path, output]) => [resolve(absWorkingDir, path), output.inputs]),
  );
  return new Map(
    result.outputFiles.map((file) => {
      const used = Object.entries(inputs.get(file.path) ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      const directories = used.flatMap(([path]) => packageDirectory(resolve(absWorkingDir, path)) ?? []);
      const name = relative("/", file.path).replace(/\.mjs$/, "");
      return [name, { bytes: file.contents, packages: [...new Set(directories)].sort() }];
    }),
  );
}

/** Directory of the npm package that a file belongs to. */
function packageDirectory(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

function describe({ text, location }: Message): string {
  return location === null ? text : `${location.file}:${location.line} ${text}`;
}
