import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson, writeAtomically } from "#base";
import { type ImageCache, writeWhole } from "./cache.ts";
import type { Toolbox } from "./command.ts";
import { fileSha256 } from "./content.ts";
import { imagesErrors } from "./errors.ts";
import type { PackageSources } from "./package-sources.ts";

/** One file of Debian's archive. */
export const DebianPackageSchema = Type.Object(
  {
    name: Type.String({ pattern: "^[a-z0-9][a-z0-9+.-]*$", maxLength: 100 }),
    version: Type.String({ pattern: "^[0-9A-Za-z.+:~-]+$", maxLength: 100 }),
    /** Its name in the archive, which has the architecture, too. */
    file: Type.String({ pattern: "^[a-z0-9][a-z0-9+.-]*_[^/\\s]+\\.deb$", maxLength: 250 }),
    sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  },
  { additionalProperties: false },
);
export type DebianPackage = Static<typeof DebianPackageSchema>;

const ChoiceSchema = Type.Object({
  names: Type.Array(Type.String()),
  listsChanged: Type.Number(),
  packages: Type.Array(DebianPackageSchema),
});
type Choice = Static<typeof ChoiceSchema>;

/**
 * Only libraries are followed: programs and settings that a package brings along have no place in an image. GCC's base
 * package holds the licence of its libraries.
 */
const followed = /^(lib|zlib|gcc-\d+-base$)/;

/** What the packages are taken from, and where to. */
export interface PackageContext {
  readonly toolbox: Toolbox;
  readonly cache: ImageCache;
  readonly sources: PackageSources;
}

/**
 * The newest of Debian's packages, and of the packages of libraries that they depend on, by name. The choice is
 * remembered until apt's lists change, so that a second build needs neither apt nor a network.
 *
 * @throws EDGE_IMAGES_PACKAGE_UNAVAILABLE
 */
export async function newestPackages(
  context: PackageContext,
  names: readonly string[],
): Promise<readonly DebianPackage[]> {
  const { cache, sources } = context;
  const wanted = createHash("sha256")
    .update([sources.lists, ...names].join())
    .digest("hex")
    .slice(0, 16);
  const record = await cache.path("packages", `choice-${wanted}.json`);
  const remembered = await readChoice(record);
  if (remembered?.listsChanged === (await newestList(sources.lists)) && remembered.names.join() === names.join())
    return remembered.packages;
  const packages = await closureOf(context, names);
  const choice: Choice = { names: [...names], listsChanged: await newestList(sources.lists), packages };
  await writeAtomically(record, JSON.stringify(choice));
  return packages;
}

/** Asks the mirror for its newest lists. */
export async function refreshLists({ toolbox, sources }: PackageContext): Promise<void> {
  toolbox.say("refreshing Debian's package lists");
  await toolbox.run("apt-get", [...sources.options, "-q", "update"]);
}

/** Those of the packages that are neither in the cache nor at the mirror, in exactly these versions. */
export async function missingPackages(
  context: PackageContext,
  packages: readonly DebianPackage[],
): Promise<readonly DebianPackage[]> {
  const wanted: DebianPackage[] = [];
  for (const one of packages) if (!(await isCached(context.cache, one))) wanted.push(one);
  if (wanted.length === 0) return [];
  const offered = (some: readonly DebianPackage[]) =>
    uris(context, some.map(versioned)).then(
      (found) => some.filter(({ sha256 }) => found.some((one) => one.sha256 === sha256)),
      () => [],
    );
  if ((await offered(wanted)).length === wanted.length) return [];
  await refreshLists(context);
  // apt says nothing of any where one is missing.
  const missing: DebianPackage[] = [];
  for (const one of wanted) if ((await offered([one])).length === 0) missing.push(one);
  return missing;
}

/**
 * Unpacks packages into a directory of the cache.
 *
 * @returns a directory that stands for `/`
 * @throws EDGE_IMAGES_PACKAGE_HASH for a file that is not what its hash says
 */
export async function unpackPackages(context: PackageContext, packages: readonly DebianPackage[]): Promise<string> {
  const { toolbox, cache } = context;
  const sums = packages.map(({ sha256 }) => sha256).sort();
  const key = createHash("sha256").update(sums.join("\n")).digest("hex").slice(0, 16);
  const tree = await cache.path("parts", `debian-${key}`);
  for (const one of packages) await fetchPackage(context, one);
  if (await exists(tree)) return tree;
  toolbox.say(`unpacking Debian packages ${packages.map(({ file }) => file).join(" ")}`);
  await writeWhole(tree, async (temporary) => {
    await mkdir(temporary);
    for (const { file } of packages)
      await toolbox.run("dpkg-deb", ["-x", await cache.path("packages", file), temporary]);
  });
  return tree;
}

/** Paths of the files of a package that is in the cache, without the leading dot. */
export async function filesOfPackage(
  { toolbox, cache }: Pick<PackageContext, "toolbox" | "cache">,
  { file }: DebianPackage,
): Promise<readonly string[]> {
  const listing = await toolbox.run("dpkg-deb", ["--contents", await cache.path("packages", file)]);
  return parseContents(listing);
}

/** Paths in what `dpkg-deb --contents` prints. */
export function parseContents(listing: string): string[] {
  const lines = listing.matchAll(/^[-l]\S+ \S+ +\d+ \S+ \S+ \.(\/.*?)(?: -> .*)?$/gm);
  return [...lines].map(([, path = ""]) => path);
}

async function closureOf(context: PackageContext, names: readonly string[]): Promise<DebianPackage[]> {
  const { toolbox, cache } = context;
  const found = new Map<string, DebianPackage>();
  for (let wanted = [...names]; wanted.length > 0; ) {
    const dependencies = new Set<string>();
    for (const one of await locate(context, wanted)) {
      await fetchPackage(context, one);
      found.set(one.name, one);
      const depends = await toolbox.run("dpkg-deb", ["-f", await cache.path("packages", one.file), "Depends"]);
      for (const dependency of parseDepends(depends)) dependencies.add(dependency);
    }
    wanted = [...dependencies].filter((name) => followed.test(name) && !found.has(name));
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names in a `Depends` field; of alternatives the first. */
export function parseDepends(field: string): string[] {
  return field
    .split(",")
    .map((alternatives) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(alternatives)?.[1] ?? "")
    .filter((name) => name !== "");
}

async function fetchPackage({ toolbox, cache, sources }: PackageContext, one: DebianPackage): Promise<void> {
  if (await isCached(cache, one)) return;
  const { file, sha256 } = one;
  await using temporary = await cache.temporary();
  toolbox.say(`downloading Debian package ${file}`);
  await toolbox.run("apt-get", [...sources.options, "-q", "download", versioned(one)], { cwd: temporary.path });
  const downloaded = join(temporary.path, file);
  const got = await fileSha256(downloaded);
  if (got !== sha256) throw imagesErrors.EDGE_IMAGES_HASH({ file, sha256, got });
  await rename(downloaded, await cache.path("packages", file));
}

async function isCached(cache: ImageCache, { file, sha256 }: DebianPackage): Promise<boolean> {
  const path = await cache.path("packages", file);
  return (await exists(path)) && (await fileSha256(path)) === sha256;
}

/** Refreshes the package lists once when a package is in none of them. */
async function locate(context: PackageContext, names: readonly string[]): Promise<readonly DebianPackage[]> {
  try {
    return await offeredOf(context, names);
  } catch {
    await refreshLists(context);
    return offeredOf(context, names);
  }
}

async function offeredOf(context: PackageContext, names: readonly string[]): Promise<readonly DebianPackage[]> {
  const unavailable = (name: string, cause?: unknown) =>
    imagesErrors.EDGE_IMAGES_PACKAGE_UNAVAILABLE({ name }, { cause });
  const found = await uris(context, names).catch((cause) => {
    throw unavailable(names.join(", "), cause);
  });
  for (const name of names) if (!found.some((one) => one.name === name)) throw unavailable(name);
  return found;
}

async function uris({ toolbox, sources }: PackageContext, wanted: readonly string[]): Promise<DebianPackage[]> {
  return parseUris(await toolbox.run("apt-get", [...sources.options, "-q", "--print-uris", "download", ...wanted]));
}

function versioned({ name, version }: DebianPackage): string {
  return `${name}=${version}`;
}

/** Packages in what `apt-get download --print-uris` prints. */
export function parseUris(output: string): DebianPackage[] {
  const lines = output.matchAll(
    /^'[^']*' (([a-z0-9][a-z0-9+.-]*)_([0-9A-Za-z.+~%-]+)_[^/\s_]+\.deb) \d+ SHA256:([0-9a-f]{64})$/gm,
  );
  return [...lines].map(([, file = "", name = "", version = "", sha256 = ""]) => ({
    name,
    version: version.replaceAll("%3a", ":"),
    file,
    sha256,
  }));
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
