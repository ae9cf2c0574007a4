import type { BuildContext } from "./context.ts";
import {
  type DebianPackage,
  missingPackages,
  newestPackages,
  type PackageContext,
  unpackPackages,
} from "./debian-packages.ts";
import { imagesErrors } from "./errors.ts";
import { chooseMirrors, debianKeyring, packageSources, readMachineSources } from "./package-sources.ts";
import { debianRoots, type PackagesLock } from "./packages-lock.ts";
import { type Architecture, machineArchitecture, platformName } from "./platform.ts";

/** Unpacked packages of Debian. */
export interface DebianTree {
  /** A directory that stands for `/`. */
  readonly root: string;
  readonly packages: readonly DebianPackage[];
}

/** apt's lists for an architecture, with the machine's mirror where it has one of Debian 12. */
export async function debianContext(context: BuildContext, architecture: Architecture): Promise<PackageContext> {
  const mirrors = chooseMirrors(process.env, await readMachineSources());
  const sources = await packageSources(context.cache, architecture, { keyring: await debianKeyring(), mirrors });
  return { toolbox: context.toolbox, cache: context.cache, sources };
}

/** The newest of some of Debian's packages for this machine, unpacked with the libraries that they need. */
export async function newestTree(context: BuildContext, names: readonly string[]): Promise<DebianTree> {
  const debian = await debianContext(context, machineArchitecture());
  const packages = await newestPackages(debian, names);
  return { root: await unpackPackages(debian, packages), packages };
}

/**
 * The packages that images are made from, unpacked: those of the lock file. A mirror keeps the newest versions alone, so
 * that the lock's may be gone. Then the mirror's newest take the place of all of them, unless that is refused.
 *
 * @throws EDGE_IMAGES_LOCK_UNAVAILABLE where `context.locked` refuses it
 */
export async function lockedTree(
  context: BuildContext,
  debian: PackageContext,
  locked: readonly DebianPackage[],
  architecture: Architecture,
): Promise<DebianTree> {
  const missing = await missingPackages(debian, locked);
  if (missing.length === 0) return { root: await unpackPackages(debian, locked), packages: locked };
  const names = missing.map(({ name, version }) => `${name} ${version}`).join(", ");
  if (context.locked) throw imagesErrors.EDGE_IMAGES_LOCK_UNAVAILABLE({ names, platform: platformName(architecture) });
  const packages = await newestPackages(debian, debianRoots);
  context.toolbox.say(
    `the mirror no longer has ${names}; taking its newest for ${platformName(architecture)}, other than locked: ` +
      `${differences(locked, packages).join(", ") || "none"}. \`edgectl images update\` locks them.`,
  );
  return { root: await unpackPackages(debian, packages), packages };
}

/** What a newer choice of packages has other than an older one: `NAME OLD -> NEW`. */
export function differences(older: readonly DebianPackage[], newer: readonly DebianPackage[]): string[] {
  const versions = (packages: readonly DebianPackage[]) =>
    new Map(packages.map(({ name, version }) => [name, version]));
  const [before, after] = [versions(older), versions(newer)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${name} ${before.get(name) ?? "none"} -> ${after.get(name) ?? "none"}`);
}

/** The packages that the lock has for an architecture. */
export async function treeFromLock(
  context: BuildContext,
  lock: PackagesLock,
  architecture: Architecture,
): Promise<DebianTree> {
  return lockedTree(context, await debianContext(context, architecture), lock.debian[architecture], architecture);
}
