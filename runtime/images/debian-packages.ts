import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson, writeAtomically } from "#base";
import { type ImageCache, writeWhole } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import { imagesErrors } from "./errors.ts";
import type { PackageSources } from "./package-sources.ts";

const ChoiceSchema = Type.Object({
  names: Type.Array(Type.String()),
  listsChanged: Type.Number(),
  files: Type.Array(Type.String()),
});
type Choice = Static<typeof ChoiceSchema>;

/** Only libraries are followed: programs and settings that a package brings along have no place in an image. */
const libraryPackage = /^(lib|zlib)/;

/** What the packages are taken from, and where to. */
export interface PackageContext {
  readonly toolbox: Toolbox;
  readonly cache: ImageCache;
  readonly sources: PackageSources;
}

/**
 * Unpacks Debian packages, and the packages of libraries that they depend on, into a directory of the cache.
 *
 * Versions are those that the machine's package sources offer. The choice is remembered until their lists change, so
 * that a second build needs neither apt nor a network.
 *
 * @returns a directory that stands for `/`
 * @throws EDGE_IMAGES_PACKAGE_UNAVAILABLE
 */
export async function unpackPackages(context: PackageContext, names: readonly string[]): Promise<string> {
  const { toolbox, cache } = context;
  const files = await chooseFiles(context, names);
  const key = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 16);
  const tree = await cache.path("parts", `debian-${key}`);
  if (await exists(tree)) return tree;
  toolbox.say(`unpacking Debian packages ${files.join(" ")}`);
  await writeWhole(tree, async (temporary) => {
    await mkdir(temporary);
    for (const file of files) await toolbox.run("dpkg-deb", ["-x", await cache.path("packages", file), temporary]);
  });
  return tree;
}

async function chooseFiles(context: PackageContext, names: readonly string[]): Promise<readonly string[]> {
  const { cache, sources } = context;
  const wanted = createHash("sha256").update(names.join()).digest("hex").slice(0, 16);
  const record = await cache.path("packages", `choice-${wanted}.json`);
  const listsChanged = await newestList(sources.lists);
  const remembered = await readChoice(record);
  if (remembered?.listsChanged === listsChanged && remembered.names.join() === names.join()) {
    const present = await Promise.all(remembered.files.map(async (file) => exists(await cache.path("packages", file))));
    if (present.every(Boolean)) return remembered.files;
  }
  const files = await resolveFiles(context, names);
  const choice: Choice = { names: [...names], listsChanged: await newestList(sources.lists), files };
  await writeAtomically(record, JSON.stringify(choice));
  return files;
}

async function resolveFiles(context: PackageContext, names: readonly string[]): Promise<string[]> {
  const { toolbox, cache } = context;
  const files = new Map<string, string>();
  for (let wanted = [...names]; wanted.length > 0; ) {
    const dependencies = new Set<string>();
    for (const [name, file] of await download(context, wanted)) {
      files.set(name, file);
      const depends = await toolbox.run("dpkg-deb", ["-f", await cache.path("packages", file), "Depends"]);
      for (const dependency of parseDepends(depends)) dependencies.add(dependency);
    }
    wanted = [...dependencies].filter((name) => libraryPackage.test(name) && !files.has(name));
  }
  return [...files.values()].sort();
}

/** Names in a `Depends` field; of alternatives the first. */
export function parseDepends(field: string): string[] {
  return field
    .split(",")
    .map((alternatives) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(alternatives)?.[1] ?? "")
    .filter((name) => name !== "");
}

async function download(context: PackageContext, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { toolbox, cache, sources } = context;
  const files = await locate(context, names);
  await using temporary = await cache.temporary();
  for (const [name, file] of files) {
    if (await exists(await cache.path("packages", file))) continue;
    toolbox.say(`downloading Debian package ${file}`);
    await toolbox.run("apt-get", [...sources.options, "-q", "-o", "APT::Sandbox::User=root", "download", name], {
      cwd: temporary.path,
    });
    await rename(join(temporary.path, file), await cache.path("packages", file));
  }
  return files;
}

/** File name of each package. Refreshes the package lists once when a package is in none of them. */
async function locate(context: PackageContext, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { toolbox, sources } = context;
  try {
    return await printUris(context, names);
  } catch (error) {
    if (sources.ofMachine && process.getuid?.() !== 0)
      throw imagesErrors.EDGE_IMAGES_PACKAGE_UNAVAILABLE({ name: names.join(", ") }, { cause: error });
    toolbox.say("refreshing Debian's package lists");
    await toolbox.run("apt-get", [...sources.options, "-q", "-o", "APT::Sandbox::User=root", "update"]);
    return printUris(context, names);
  }
}

async function printUris(context: PackageContext, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { toolbox, sources } = context;
  const output = await toolbox.run("apt-get", [...sources.options, "-q", "--print-uris", "download", ...names]);
  const files = parseUris(output);
  for (const name of names) if (!files.has(name)) throw imagesErrors.EDGE_IMAGES_PACKAGE_UNAVAILABLE({ name });
  return files;
}

/** Package name and file name in each line of `apt-get download --print-uris`. */
export function parseUris(output: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [, file = "", name = ""] of output.matchAll(/^'[^']*' (([a-z0-9][a-z0-9+.-]*)_[^/\s]+\.deb) /gm))
    files.set(name, file);
  return files;
}

async function newestList(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const times = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).mtimeMs));
  return Math.max(0, ...times);
}

async function readChoice(path: string): Promise<Choice | undefined> {
  const value = parseJson(await readFile(path, "utf8").catch(() => ""));
  return Value.Check(ChoiceSchema, value) ? value : undefined;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
