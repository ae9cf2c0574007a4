import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ImageCache } from "./cache.ts";
import { imagesErrors } from "./errors.ts";
import type { Architecture } from "./platform.ts";

/** The release whose HAProxy the proxy is tested with. */
export const debianRelease = "bookworm";

/** Where apt takes packages from: with lists of its own in the cache, so that nobody has to be root. */
export interface PackageSources {
  /** Options for each call of apt-get. */
  readonly options: readonly string[];
  /** Directory of the package lists. */
  readonly lists: string;
}

/** Where packages of Debian 12 are fetched from. */
export interface Mirrors {
  readonly debian: string;
  readonly security: string;
}

const debian: Mirrors = {
  debian: "http://deb.debian.org/debian",
  security: "http://deb.debian.org/debian-security",
};

/**
 * Sources of Debian 12 for one architecture, whichever the machine's own are: its mirror is used where it is a Debian 12.
 *
 * @param keyring path of Debian's keys
 */
export async function packageSources(
  cache: ImageCache,
  architecture: Architecture,
  { keyring, mirrors }: { readonly keyring: string; readonly mirrors: Mirrors },
): Promise<PackageSources> {
  const root = await cache.path("apt", `${debianRelease}-${architecture}`);
  const signed = `[signed-by=${keyring}]`;
  const lines = [
    `deb ${signed} ${mirrors.debian} ${debianRelease} main`,
    `deb ${signed} ${mirrors.security} ${debianRelease}-security main`,
  ];
  for (const directory of ["lists/partial", "cache/archives/partial"])
    await mkdir(join(root, directory), { recursive: true });
  await writeFile(join(root, "sources.list"), `${lines.join("\n")}\n`);
  await writeFile(join(root, "status"), "");
  const settings = {
    "Dir::State::lists": join(root, "lists"),
    "Dir::State::status": join(root, "status"),
    "Dir::Cache": join(root, "cache"),
    "Dir::Etc::sourcelist": join(root, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    // Snapshots of Debian's past are signed, but no longer valid by their date. What is locked is told by its hash.
    "Acquire::Check-Valid-Until": String(!/snapshot/.test(mirrors.debian)),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return { options, lists: join(root, "lists") };
}

/**
 * The mirrors to use: those that the environment names, else those of a machine that is a Debian 12, else Debian's.
 *
 * @param sources content of the files that the machine's apt reads
 */
export function chooseMirrors(environment: NodeJS.ProcessEnv, sources: readonly string[]): Mirrors {
  const own = (suite: string, directory: string) =>
    sources.flatMap((text) => urisOf(text, suite)).find((uri) => uri.replace(/\/+$/, "").endsWith(`/${directory}`));
  return {
    debian: environment.EDGE_DEBIAN_MIRROR || own(debianRelease, "debian") || debian.debian,
    security:
      environment.EDGE_DEBIAN_SECURITY_MIRROR || own(`${debianRelease}-security`, "debian-security") || debian.security,
  };
}

/** Addresses of the sources of a suite that have `main`, in either of apt's two formats. */
function urisOf(text: string, suite: string): string[] {
  const found: string[] = [];
  for (const [, uri = "", suites = "", components = ""] of text.matchAll(
    /^deb\s+(?:\[[^\]\n]*\]\s+)?(https?:\/\/\S+)[ \t]+(\S+)[ \t]+(.*)$/gm,
  ))
    if (suites === suite && components.split(/\s+/).includes("main")) found.push(uri);
  for (const stanza of text.split(/\n\s*\n/)) {
    const words = (field: string) =>
      new RegExp(`^${field}:[ \\t]*(.*)$`, "im").exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    if (words("Enabled").includes("no") || !words("Types").includes("deb")) continue;
    if (!words("Suites").includes(suite) || !words("Components").includes("main")) continue;
    found.push(...words("URIs").filter((uri) => /^https?:\/\//.test(uri)));
  }
  return found;
}

/** Content of the files that the machine's apt reads. */
export async function readMachineSources(etc = "/etc/apt"): Promise<string[]> {
  const parts = await readdir(join(etc, "sources.list.d")).catch(() => []);
  const files = [
    "sources.list",
    ...parts.filter((name) => /\.(list|sources)$/.test(name)).map((name) => `sources.list.d/${name}`),
  ];
  return Promise.all(files.map((file) => readFile(join(etc, file), "utf8").catch(() => "")));
}

/** Debian's keys by the names that its releases and Ubuntu give the file. */
const keyrings = ["gpg", "pgp"].map((suffix) => `/usr/share/keyrings/debian-archive-keyring.${suffix}`);

/** @throws EDGE_IMAGES_KEYRING_MISSING */
export async function debianKeyring(files: readonly string[] = keyrings): Promise<string> {
  for (const file of files) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  throw imagesErrors.EDGE_IMAGES_KEYRING_MISSING({ file: files[0] ?? "" });
}
