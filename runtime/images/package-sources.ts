import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageCache } from "./cache.ts";

/** The release whose HAProxy the proxy is tested with. */
const release = "bookworm";

/** Where apt takes packages from. */
export interface PackageSources {
  /** Options for each call of apt-get. */
  readonly options: readonly string[];
  /** Directory of the package lists. */
  readonly lists: string;
  /** Whether `apt-get update` changes the machine, so that root alone may do it. */
  readonly ofMachine: boolean;
}

/**
 * Package sources of Debian 12: the machine's own where it is one, so that its mirror is used; else Debian's, with
 * lists of their own in the cache.
 *
 * @param osRelease content of /etc/os-release
 */
export async function packageSources(cache: ImageCache, osRelease: string): Promise<PackageSources> {
  if (new RegExp(`^VERSION_CODENAME="?${release}"?$`, "m").test(osRelease))
    return { options: [], lists: "/var/lib/apt/lists", ofMachine: true };
  const root = await cache.path("apt", release);
  const keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  const sources = [
    `deb ${keyring} http://deb.debian.org/debian ${release} main`,
    `deb ${keyring} http://deb.debian.org/debian-security ${release}-security main`,
  ];
  for (const directory of ["lists/partial", "cache/archives/partial"])
    await mkdir(join(root, directory), { recursive: true });
  await writeFile(join(root, "sources.list"), `${sources.join("\n")}\n`);
  await writeFile(join(root, "status"), "");
  const settings = {
    "Dir::State::lists": join(root, "lists"),
    "Dir::State::status": join(root, "status"),
    "Dir::Cache": join(root, "cache"),
    "Dir::Etc::sourcelist": join(root, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return { options, lists: join(root, "lists"), ofMachine: false };
}

/** Content of /etc/os-release, or nothing where there is none. */
export function readOsRelease(): Promise<string> {
  return readFile("/etc/os-release", "utf8").catch(() => "");
}
