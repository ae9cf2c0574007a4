import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
/** Libraries of hundreds of small modules: Node would take longer to load them one by one than for all else. */
const libraries = ["typebox"];
const folderOf = (library: string) => `libraries/${library}`;

/**
 * Puts each of these libraries into the package in a few files, with its licence, and lets the package's code import
 * those. Declarations of types go on to name the library.
 *
 * @returns `imports` for the package.json
 */
export async function bundleLibraries(staging: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(staging, { recursive: true })).filter((file) => /\.m?js$/.test(file));
  const code = await Promise.all(
    names.map(async (name) => ({ file: join(staging, name), text: await readFile(join(staging, name), "utf8") })),
  );
  const imports: Record<string, string> = {};
  for (const library of libraries) {
    const specifiers = new Set(code.flatMap(({ text }) => [...text.matchAll(importsOf(library))].map((hit) => hit[2])));
    for (const [specifier, file] of await bundle(library, specifiers as Set<string>, staging))
      imports[`#${specifier}`] = `./${file}`;
  }
  for (const { file, text } of code) {
    const changed = libraries.reduce((before, library) => before.replace(importsOf(library), '$1"#$2"'), text);
    if (changed !== text) await writeFile(file, changed);
  }
  return imports;
}

const importsOf = (library: string) =>
  new RegExp(`(\\bfrom |\\bimport |\\bimport\\(|\\brequire\\()"(${library}(?:/[^"]*)?)"`, "g");

/** @returns the file in the package of each specifier */
async function bundle(library: string, specifiers: ReadonlySet<string>, staging: string) {
  const { build } = await import("esbuild");
  const folder = folderOf(library);
  const entries = [...specifiers].sort().map((specifier) => {
    const door = specifier.slice(library.length + 1);
    return { specifier, out: door === "" ? "index" : door };
  });
  await build({
    entryPoints: entries.map(({ specifier, out }) => ({ in: require.resolve(specifier), out })),
    outdir: join(staging, folder),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "silent",
  });
  await copyLicence(rootOf(require.resolve(library), library), join(staging, folder));
  return entries.map(({ specifier, out }) => [specifier, `${folder}/${out}.js`] as const);
}

function rootOf(file: string, library: string): string {
  const folder = dirname(file);
  return folder.endsWith(join("node_modules", library)) ? folder : rootOf(folder, library);
}

async function copyLicence(from: string, to: string): Promise<void> {
  const licence = (await readdir(from)).find((file) => /^licen[cs]e/i.test(file));
  if (licence === undefined) throw new Error(`${from} has no licence`);
  await cp(join(from, licence), join(to, "LICENSE"));
}
